package coretest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/govm-net/vm/wire"
)

// source is what the comments of a contract's package say.
type source struct {
	dir    string
	format wire.Format
	// reentrant is whether the contract may be called while it is running.
	reentrant bool
	// marks are the directives of functions, by name, and of methods, by the names of
	// type and method with a dot between.
	marks map[string]marks
}

type marks struct {
	view, payable bool
	params        []string // their names
}

var (
	sourcesMutex sync.Mutex
	sources      = map[string]*source{}
)

// sourceOf reads the comments of a package. The Go command knows where it is.
func sourceOf(path string) (*source, error) {
	sourcesMutex.Lock()
	defer sourcesMutex.Unlock()
	if found := sources[path]; found != nil {
		return found, nil
	}
	command := os.Getenv("GOVM_GO")
	if command == "" {
		command = "go"
	}
	list := exec.Command(command, "list", "-f", "{{.Dir}}", path)
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", path, err)
	}
	found, err := readSource(strings.TrimSpace(string(out)))
	if err == nil {
		sources[path] = found
	}
	return found, err
}

func readSource(dir string) (*source, error) {
	s := &source{dir: dir, format: wire.Borsh, marks: map[string]marks{}}
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		s.readFile(file)
	}
	return s, nil
}

func (s *source) readFile(file *ast.File) {
	for _, group := range file.Comments {
		for _, comment := range group.List {
			if words := strings.Fields(comment.Text); len(words) == 2 && words[0] == "//govm:codec" && words[1] == "scale" {
				s.format = wire.Scale
			}
			if strings.TrimSpace(comment.Text) == "//govm:reentrant" {
				s.reentrant = true
			}
		}
	}
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || !fn.Name.IsExported() {
			continue
		}
		name := fn.Name.Name
		if fn.Recv != nil {
			name = receiver(fn.Recv.List[0].Type) + "." + name
		}
		s.marks[name] = readMarks(fn)
	}
}

func readMarks(fn *ast.FuncDecl) marks {
	var m marks
	if fn.Doc != nil {
		for _, comment := range fn.Doc.List {
			switch strings.TrimSpace(comment.Text) {
			case "//govm:view":
				m.view = true
			case "//govm:payable":
				m.payable = true
			}
		}
	}
	for _, field := range fn.Type.Params.List {
		for _, name := range field.Names {
			m.params = append(m.params, name.Name)
		}
		if len(field.Names) == 0 {
			m.params = append(m.params, "")
		}
	}
	return m
}

// receiver returns the name of a receiver's type.
func receiver(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return receiver(t.X)
	case *ast.IndexExpr:
		return receiver(t.X)
	case *ast.Ident:
		return t.Name
	}
	return ""
}
