package metrics

// file is the source "file": JSON lines in $SWEEP_METRICS.
type file struct {
	log
	tail    tail
	objects objects
}

func newFile(path string, names *names, n *notes) *file {
	return &file{newLog(names, n), tail{path: path, notes: n}, objects{names: names}}
}

func (f *file) read(atEnd bool) error {
	return f.tail.read(atEnd, func(line []byte) {
		entry, err := f.objects.read(line)
		switch {
		case err == nil:
			f.add(entry, f.look(entry))
		case f.tail.ended:
			f.notes.count(cutLine)
		default:
			f.notes.count(badLine)
		}
	})
}
