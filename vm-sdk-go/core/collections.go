package core

// Map is a map that is kept in fields of an object: an entry each, so that what is
// touched is all that is paid for. A Map is a name for those fields and holds
// nothing itself.
//
//	balances := core.MapOf[core.Address, core.U256](obj, "balances")
//	balance, err := balances.GetOr(ctx.Sender(), core.U256{})
//
// The entry of a key is the field whose name is the map's name, a slash and the key.
type Map[K Key, V any] struct {
	obj  Object
	name string
}

// MapOf returns the map of that name in an object. Names are up to the contract;
// none may be another one's beginning up to a slash.
func MapOf[K Key, V any](obj Object, name string) Map[K, V] {
	return Map[K, V]{obj, name + keySeparator}
}

// Get returns the value of a key. It fails with ErrFieldNotFound if there is none.
func (m Map[K, V]) Get(key K) (V, error) { return Get[V](m.obj, m.name+keyText(key)) }

// GetOr returns the value of a key, or otherwise if there is none.
func (m Map[K, V]) GetOr(key K, otherwise V) (V, error) {
	value, err := m.Get(key)
	if isAbsent(err) {
		return otherwise, nil
	}
	return value, err
}

// Has reports whether a key has a value.
func (m Map[K, V]) Has(key K) (bool, error) { return has(m.obj, m.name+keyText(key)) }

// Set gives a key a value.
func (m Map[K, V]) Set(key K, value V) error { return m.obj.Set(m.name+keyText(key), value) }

// Delete removes a key. It fails with ErrFieldNotFound if it has no value.
func (m Map[K, V]) Delete(key K) error { return m.obj.Delete(m.name + keyText(key)) }

// Keys returns the next limit keys in ascending order: those above after if it is
// given, from the first on if not. Fewer than limit are the last. Each costs about
// as much as reading its value.
func (m Map[K, V]) Keys(limit int, after ...K) ([]K, error) { return keys(m.obj, m.name, limit, after) }

// Set is a set that is kept in fields of an object, a member each.
type Set[K Key] struct {
	obj  Object
	name string
}

// SetOf returns the set of that name in an object; see [MapOf] about names.
func SetOf[K Key](obj Object, name string) Set[K] { return Set[K]{obj, name + keySeparator} }

// Has reports whether key is a member.
func (s Set[K]) Has(key K) (bool, error) { return has(s.obj, s.name+keyText(key)) }

// Add makes key a member; it may be one already.
func (s Set[K]) Add(key K) error { return s.obj.Set(s.name+keyText(key), true) }

// Remove ends the membership of key. It fails with ErrFieldNotFound if it is none.
func (s Set[K]) Remove(key K) error { return s.obj.Delete(s.name + keyText(key)) }

// Members returns the next limit members in ascending order: those above after if it
// is given, from the first on if not. Fewer than limit are the last.
func (s Set[K]) Members(limit int, after ...K) ([]K, error) {
	return keys(s.obj, s.name, limit, after)
}

// List is a list that is kept in fields of an object: one for its length, and one
// for each element.
type List[V any] struct {
	obj  Object
	name string
}

// ListOf returns the list of that name in an object; see [MapOf] about names.
func ListOf[V any](obj Object, name string) List[V] { return List[V]{obj, name + keySeparator} }

// lengthKey is the key of a list's length, which no index has.
const lengthKey = "len"

// Len returns the number of elements.
func (l List[V]) Len() (uint64, error) {
	n, err := Get[uint64](l.obj, l.name+lengthKey)
	if isAbsent(err) {
		return 0, nil
	}
	return n, err
}

// Get returns the element at an index. It fails with ErrFieldNotFound if there is
// none.
func (l List[V]) Get(index uint64) (V, error) { return Get[V](l.obj, l.name+keyText(index)) }

// Set replaces the element at an index. It fails with ErrFieldNotFound if there is
// none.
func (l List[V]) Set(index uint64, value V) error {
	field := l.name + keyText(index)
	if _, err := l.obj.Get(field); err != nil {
		return err
	}
	return l.obj.Set(field, value)
}

// Push puts an element at the end and returns its index.
func (l List[V]) Push(value V) (uint64, error) {
	n, err := l.Len()
	if err != nil {
		return 0, err
	}
	if err := l.obj.Set(l.name+keyText(n), value); err != nil {
		return 0, err
	}
	return n, l.obj.Set(l.name+lengthKey, n+1)
}

// Pop removes the last element and returns it. It fails with ErrFieldNotFound if the
// list is empty.
func (l List[V]) Pop() (V, error) {
	var zero V
	n, err := l.Len()
	if err != nil {
		return zero, err
	}
	if n == 0 {
		return zero, Wrap(ErrFieldNotFound, "the list is empty")
	}
	last, err := l.Get(n - 1)
	if err != nil {
		return zero, err
	}
	if err := l.obj.Delete(l.name + keyText(n-1)); err != nil {
		return zero, err
	}
	return last, l.obj.Set(l.name+lengthKey, n-1)
}

// SwapRemove removes the element at an index and puts the last one in its place: the
// order changes, and the cost does not depend on the length. It returns the element
// that moved there, and whether one did.
func (l List[V]) SwapRemove(index uint64) (moved V, did bool, err error) {
	if _, err := l.Get(index); err != nil {
		return moved, false, err
	}
	last, err := l.Pop()
	if err != nil {
		return moved, false, err
	}
	if n, err := l.Len(); err != nil || n == index { // it was the last
		return moved, false, err
	}
	return last, true, l.obj.Set(l.name+keyText(index), last)
}

// Page returns the elements from an index on, limit at most. Fewer are the last.
func (l List[V]) Page(from uint64, limit int) ([]V, error) {
	n, err := l.Len()
	if err != nil {
		return nil, err
	}
	var page []V
	for ; from < n && len(page) < limit; from++ {
		value, err := l.Get(from)
		if err != nil {
			return nil, err
		}
		page = append(page, value)
	}
	return page, nil
}

func isAbsent(err error) bool { return err != nil && CodeOf(err) == CodeFieldNotFound }

func has(obj Object, field string) (bool, error) {
	_, err := obj.Get(field)
	if isAbsent(err) {
		return false, nil
	}
	return err == nil, err
}

// keys lists the keys of the fields that begin with name. It asks for one field at a
// time: a page of the object's fields would go on to what comes behind the last key.
func keys[K Key](obj Object, name string, limit int, after []K) ([]K, error) {
	from := name
	if len(after) > 0 {
		from += keyText(after[0])
	}
	var found []K
	if text, ok := any(found).([]string); ok && len(after) == 0 && limit > 0 {
		// The empty text is a key too, and no field comes after itself.
		if is, err := has(obj, name); err != nil {
			return nil, err
		} else if is {
			found = any(append(text, "")).([]K)
		}
	}
	for len(found) < limit {
		next, err := obj.Fields(from, 1)
		if err != nil {
			return nil, err
		}
		if len(next) == 0 || len(next[0]) < len(name) || next[0][:len(name)] != name {
			break
		}
		from = next[0]
		key, err := parseKey[K](from[len(name):])
		if err != nil {
			return nil, err
		}
		found = append(found, key)
	}
	return found, nil
}
