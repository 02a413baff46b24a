package kernel

// trust decides whether a queue calls for its helpers. Where the cores are not idle, as
// other programs run on them, a helper that has to wait for its core keeps all others
// waiting, and calls are faster alone. Both are tried from time to time.
type trust struct {
	speed float64 // of the last list that ran alone, in operations a second; 0: none has
	lists int     // to run as the last judgement has it
	pause int     // how many lists ran alone for it, where helpers were of no use
	apart bool    // those lists run alone
}

// How long a judgement holds, in lists.
const (
	firstPause = 8
	longest    = 512
)

// worthwhile is how many times faster than alone lists have to be with helpers.
const worthwhile = 1.1

// now reports whether the next list runs with helpers.
func (t *trust) now() bool { return t.speed > 0 && !t.apart }

// alone notes the speed of a list that ran alone.
func (t *trust) alone(speed float64) {
	t.speed = speed
	if t.lists--; t.lists <= 0 {
		t.apart, t.lists = false, longest
	}
}

// together notes the speed of a list that ran with helpers.
func (t *trust) together(speed float64) {
	t.lists--
	switch {
	case speed < worthwhile*t.speed:
		t.pause = min(max(firstPause, 2*t.pause), longest)
		t.apart, t.lists = true, t.pause
	case t.lists <= 0:
		t.speed = 0 // the next one runs alone
	default:
		t.pause = 0
	}
}
