package codec_test

import (
	"github.com/govm-net/vm/internal/codec"
	"github.com/govm-net/vm/wire"
)

// read takes a value of type t off r.
func (t *abiType) read(r *wire.Reader) any {
	if s, found := scalarByTag[t.tag]; found {
		return s.get(r)
	}
	switch {
	case t.tag == codec.TagNamed:
		return t.elem.read(r)
	case t.tag == codec.TagCustom:
		return r.Data()
	case t.isByteArray():
		return r.Raw(t.length)
	case !r.Enter():
		return nil
	}
	defer r.Leave()
	switch t.tag {
	case codec.TagOption:
		if r.Bool() {
			return option{true, t.elem.read(r)}
		}
		return option{}
	case codec.TagSlice:
		return t.readElements(r, r.Count(1))
	case codec.TagArray:
		return t.readElements(r, t.length)
	case codec.TagMap:
		return t.readMap(r)
	}
	var values []any
	for _, field := range t.fields {
		values = append(values, field.typ.read(r))
	}
	return values
}

func (t *abiType) readElements(r *wire.Reader, count int) []any {
	var values []any
	for i := 0; i < count && r.Err() == nil; i++ {
		values = append(values, t.elem.read(r))
	}
	return values
}

func (t *abiType) readMap(r *wire.Reader) []entry {
	var entries []entry
	for n := r.Count(1); n > 0; n-- {
		key := t.key.read(r)
		if r.Err() != nil {
			return nil
		}
		if len(entries) > 0 {
			r.Ascending(t.key.compare(entries[len(entries)-1].key, key))
		}
		entries = append(entries, entry{key, t.elem.read(r)})
	}
	return entries
}

// write appends a value that read has returned.
func (t *abiType) write(w *wire.Writer, v any) {
	if s, found := scalarByTag[t.tag]; found {
		s.put(w, v)
		return
	}
	switch {
	case t.tag == codec.TagNamed:
		t.elem.write(w, v)
		return
	case t.tag == codec.TagCustom:
		w.Custom(v.([]byte), nil)
		return
	case t.isByteArray():
		w.Raw(v.([]byte))
		return
	case !w.Enter():
		return
	}
	defer w.Leave()
	switch t.tag {
	case codec.TagOption:
		w.Bool(v.(option).some)
		if v.(option).some {
			t.elem.write(w, v.(option).value)
		}
	case codec.TagSlice, codec.TagArray:
		if t.tag == codec.TagSlice {
			w.Count(len(v.([]any)))
		}
		for _, elem := range v.([]any) {
			t.elem.write(w, elem)
		}
	case codec.TagMap:
		w.Count(len(v.([]entry)))
		for _, entry := range v.([]entry) {
			t.key.write(w, entry.key)
			t.elem.write(w, entry.value)
		}
	case codec.TagStruct:
		for i, field := range t.fields {
			field.typ.write(w, v.([]any)[i])
		}
	}
}
