package jinja

import "fmt"

// loop is the variable loop in the body of {% for %}.
type loop struct {
	node  *forLoop
	scope *scope
	outer *loop // of which a recursive one is a pass
	next  func() (Value, bool, error)

	index             int // from 0; -1 before the first
	begun             bool
	previous, current Value
	ahead             []Value // read, but not come to
	ended             bool
	known             bool // size is the number of elements
	size              int
	changed           []Value
}

// advance goes to the next element.
func (l *loop) advance() (bool, error) {
	if !l.begun {
		l.begun, l.index, l.previous = true, -1, &undefined{"loop.previtem of the first element"}
		l.current = l.previous
	}
	more, err := l.peek()
	if err != nil || !more {
		return false, err
	}
	l.previous, l.current, l.ahead = l.current, l.ahead[0], l.ahead[1:]
	l.index++
	return true, nil
}

// peek reads one element ahead and reports whether there is one.
func (l *loop) peek() (bool, error) {
	if len(l.ahead) > 0 || l.ended {
		return len(l.ahead) > 0, nil
	}
	v, ok, err := l.next()
	if err != nil {
		return false, err
	}
	if l.ended = !ok; ok {
		l.ahead = append(l.ahead, v)
	}
	return ok, nil
}

// length reads all that is left.
func (l *loop) length() (int, error) {
	if l.known {
		return l.size, nil
	}
	for !l.ended {
		v, ok, err := l.next()
		if err != nil {
			return 0, err
		}
		if l.ended = !ok; ok {
			l.ahead = append(l.ahead, v)
		}
	}
	return l.index + 1 + len(l.ahead), nil
}

func (l *loop) depth() int {
	if l.outer == nil {
		return 1
	}
	return l.outer.depth() + 1
}

// attribute returns loop.name.
func (l *loop) attribute(name string) (Value, error) {
	switch name {
	case "index":
		return l.index + 1, nil
	case "index0":
		return l.index, nil
	case "first":
		return l.index == 0, nil
	case "last":
		more, err := l.peek()
		return !more, err
	case "length", "revindex", "revindex0":
		n, err := l.length()
		return map[string]int{"length": n, "revindex": n - l.index, "revindex0": n - l.index - 1}[name], err
	case "previtem":
		return l.previous, nil
	case "nextitem":
		if more, err := l.peek(); err != nil || !more {
			return &undefined{"loop.nextitem of the last element"}, err
		}
		return l.ahead[0], nil
	case "depth":
		return l.depth(), nil
	case "depth0":
		return l.depth() - 1, nil
	case "cycle":
		return &function{"loop.cycle", l.cycle}, nil
	case "changed":
		return &function{"loop.changed", l.change}, nil
	default:
		return &undefined{"loop." + name}, nil
	}
}

func (l *loop) cycle(_ *renderer, given arguments) (Value, error) {
	if len(given.positional) == 0 {
		return nil, fmt.Errorf("loop.cycle has nothing to go through")
	}
	return given.positional[l.index%len(given.positional)], nil
}

// change reports whether it is called with other values than the last time.
func (l *loop) change(_ *renderer, given arguments) (Value, error) {
	if l.changed != nil && equalItems(l.changed, given.positional) {
		return false, nil
	}
	l.changed = append([]Value{}, given.positional...)
	return true, nil
}

// call runs the loop over another list, if it is recursive.
func (l *loop) call(r *renderer, given arguments) (Value, error) {
	if !l.node.recursive || len(given.positional) != 1 || len(given.named) > 0 {
		return nil, fmt.Errorf("loop is called, which only a recursive loop is, with one list")
	}
	outer := r.text
	r.text = nil
	err := l.node.through(r, l.scope, given.positional[0], l)
	printed := string(r.text)
	r.text = outer
	return printed, err
}
