package coretest

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/internal/reflectcodec"
	"github.com/govm-net/vm/wire"
)

// method is a function of a deployed contract: a Go method or function.
type method struct {
	marks
	name            string
	format          wire.Format
	params, results []reflect.Type // without the context and the error
	takesContext    bool
	hasError        bool
	variadic        bool
	// call calls it on a new contract, since nothing of one outlives a call.
	call func(args []reflect.Value) []reflect.Value
}

var (
	contextType = reflect.TypeFor[core.Context]()
	errorType   = reflect.TypeFor[error]()
)

// methodsOf returns the functions of a contract: the exported methods of a struct.
func methodsOf(t reflect.Type, src *source) map[string]*method {
	found := map[string]*method{}
	pointer := reflect.PointerTo(t)
	for i := range pointer.NumMethod() {
		name, fn := pointer.Method(i).Name, pointer.Method(i).Func
		m := newMethod(name, fn.Type(), 1, src)
		m.marks = marksOf(t, name, src)
		m.call = func(args []reflect.Value) []reflect.Value {
			return m.invoke(fn, append([]reflect.Value{reflect.New(t)}, args...))
		}
		found[name] = m
	}
	return found
}

// marksOf returns what the source says of a method: of the struct's own, or of one
// that an embedded struct brings along.
func marksOf(t reflect.Type, name string, src *source) marks {
	if found, ok := src.marks[t.Name()+"."+name]; ok {
		return found
	}
	for i := range t.NumField() {
		field := t.Field(i)
		if !field.Anonymous {
			continue
		}
		inner := field.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			if found := marksOf(inner, name, src); found.params != nil || found.view || found.payable {
				return found
			}
		}
	}
	return marks{}
}

// functionsOf returns the functions of a contract that is a package's functions.
func functionsOf(functions []any, src *source) map[string]*method {
	found := map[string]*method{}
	for _, function := range functions {
		fn := reflect.ValueOf(function)
		_, name := functionName(fn)
		m := newMethod(name, fn.Type(), 0, src)
		m.marks = src.marks[name]
		m.call = func(args []reflect.Value) []reflect.Value { return m.invoke(fn, args) }
		found[name] = m
	}
	return found
}

// functionName returns the package and the name of a function.
func functionName(fn reflect.Value) (path, name string) {
	full := runtime.FuncForPC(fn.Pointer()).Name()
	slash := strings.LastIndex(full, "/") + 1
	dot := slash + strings.Index(full[slash:], ".")
	return full[:dot], full[dot+1:]
}

// newMethod describes a function whose first skip parameters are none of the
// contract's.
func newMethod(name string, t reflect.Type, skip int, src *source) *method {
	m := &method{name: name, format: src.format, variadic: t.IsVariadic()}
	for i := skip; i < t.NumIn(); i++ {
		if i == skip && t.In(i) == contextType {
			m.takesContext = true
			continue
		}
		m.params = append(m.params, t.In(i))
	}
	for i := range t.NumOut() {
		if i == t.NumOut()-1 && t.Out(i) == errorType {
			m.hasError = true
			continue
		}
		m.results = append(m.results, t.Out(i))
	}
	return m
}

func (m *method) invoke(fn reflect.Value, args []reflect.Value) []reflect.Value {
	if m.variadic {
		return fn.CallSlice(args)
	}
	return fn.Call(args)
}

// param returns the name of a parameter.
func (m *method) param(i int) string {
	if m.takesContext {
		i++
	}
	if i < len(m.marks.params) && m.marks.params[i] != "_" {
		return m.marks.params[i]
	}
	return ""
}

// run decodes arguments, calls the function and encodes its results, as the
// generated code of a contract does.
func (e *Env) runMethod(m *method, ctx core.Context, data []byte) ([]byte, error) {
	r := wire.NewReader(data, m.format)
	var args []reflect.Value
	if m.takesContext {
		args = append(args, reflect.ValueOf(ctx))
	}
	for _, t := range m.params {
		args = append(args, e.types.Get(r, t))
	}
	if err := r.Finish(); err != nil {
		return nil, &core.Error{Code: core.CodeInvalidArgument, Message: "arguments: " + err.Error()}
	}
	results := m.call(args)
	if m.hasError {
		if err, failed := results[len(results)-1].Interface().(error); failed {
			return nil, err
		}
	}
	output := wire.NewWriter(m.format)
	for i := range m.results {
		e.types.Put(output, results[i])
	}
	return finished(output)
}

// encodeArgs encodes the arguments of a call that the test makes. A number may be of
// any integer type that it fits.
func (e *Env) encodeArgs(m *method, args []any) ([]byte, error) {
	if m.variadic && (len(args) != len(m.params) || !sameType(args[len(args)-1], m.params[len(args)-1])) {
		args = spread(m, args)
	}
	if len(args) != len(m.params) {
		return nil, fmt.Errorf("%s takes %d arguments, not %d", m.name, len(m.params), len(args))
	}
	w := wire.NewWriter(m.format)
	for i, arg := range args {
		value, err := fitted(arg, m.params[i])
		if err != nil {
			return nil, fmt.Errorf("argument %d of %s: %w", i+1, m.name, err)
		}
		e.types.Put(w, value)
	}
	return w.Bytes(), w.Err()
}

func sameType(arg any, t reflect.Type) bool { return arg != nil && reflect.TypeOf(arg).AssignableTo(t) }

// spread gathers the last arguments of a variadic function in a slice.
func spread(m *method, args []any) []any {
	fixed := len(m.params) - 1
	if len(args) < fixed {
		return args
	}
	list := reflect.MakeSlice(m.params[fixed], 0, len(args)-fixed)
	for _, arg := range args[fixed:] {
		value, err := fitted(arg, list.Type().Elem())
		if err != nil {
			return args
		}
		list = reflect.Append(list, value)
	}
	return append(slices.Clone(args[:fixed]), list.Interface())
}

// fitted returns an argument as a value of a parameter's type.
func fitted(arg any, want reflect.Type) (reflect.Value, error) {
	if arg == nil {
		switch want.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
			return reflect.Zero(want), nil
		}
		return reflect.Value{}, fmt.Errorf("nil is no %s", want)
	}
	value := reflect.ValueOf(arg)
	if value.Type().AssignableTo(want) {
		assigned := reflect.New(want).Elem()
		assigned.Set(value)
		return assigned, nil
	}
	if isInteger(value.Type()) && isInteger(want) {
		if converted, fits := convertInteger(value, want); fits {
			return converted, nil
		}
		return reflect.Value{}, fmt.Errorf("%v does not fit %s", arg, want)
	}
	return reflect.Value{}, fmt.Errorf("it is a %T, wanted is a %s", arg, want)
}

func isInteger(t reflect.Type) bool { return reflect.Int <= t.Kind() && t.Kind() <= reflect.Uint64 }

// convertInteger converts a number to another integer type, if it fits.
func convertInteger(value reflect.Value, want reflect.Type) (reflect.Value, bool) {
	converted := value.Convert(want)
	same := converted.Convert(value.Type()).Equal(value)
	return converted, same && negative(converted) == negative(value)
}

func negative(v reflect.Value) bool { return v.CanInt() && v.Int() < 0 }

// decodeResults reads the results of a function.
func (e *Env) decodeResults(m *method, output []byte) ([]any, error) {
	r := wire.NewReader(output, m.format)
	var values []any
	for _, t := range m.results {
		values = append(values, e.types.Get(r, t).Interface())
	}
	return values, r.Finish()
}

// dynamic calls a function of a deployed contract for another contract.
func (e *Env) dynamic(m *method, ctx core.Context, args []any) ([]byte, error) {
	if len(args) != len(m.params) {
		message := fmt.Sprintf("%s takes %d arguments, found %d", m.signature(), len(m.params), len(args))
		return nil, &core.Error{Code: core.CodeInvalidArgument, Message: message}
	}
	w := wire.NewWriter(m.format)
	for i, arg := range args {
		value, err := coerced(arg, m.params[i])
		if err != nil {
			where := fmt.Sprintf("argument %d", i+1)
			if name := m.param(i); name != "" {
				where += " (" + name + ")"
			}
			return nil, &core.Error{Code: core.CodeInvalidArgument, Message: where + err.Error()}
		}
		e.types.Put(w, value)
	}
	if err := w.Err(); err != nil {
		return nil, argumentError(err)
	}
	return e.runMethod(m, ctx, w.Bytes())
}

// signature spells the function with the ABI's types, as messages do.
func (m *method) signature() string {
	var params, results []string
	for i, t := range m.params {
		params = append(params, strings.TrimSpace(m.param(i)+" "+abiName(t)))
	}
	for _, t := range m.results {
		results = append(results, abiName(t))
	}
	text := m.name + "(" + strings.Join(params, ", ") + ")"
	switch len(results) {
	case 0:
		return text
	case 1:
		return text + " " + results[0]
	}
	return text + " (" + strings.Join(results, ", ") + ")"
}

func abiName(t reflect.Type) string {
	descriptor, err := reflectcodec.Descriptor(t)
	if err != nil {
		return t.String()
	}
	return describe(descriptor)
}
