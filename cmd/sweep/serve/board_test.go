package serve

import (
	"testing"
	"time"

	"sweep/sweep"
)

func TestABoardDoesNotWaitForAnAnswerThatIsLate(t *testing.T) {
	t.Parallel()
	s := &snapshot{version: 1, ended: 1, results: []sweep.Result{{Run: sweep.Run{Key: "1", Params: sweep.Defaults()}, Outcome: sweep.Outcome{State: sweep.StateDone, Loss: 2}}}, places: map[string][]int{"1": {0}}}
	s.findAxes()
	w, key := newWatch("", nil, &Options{}), boardKey{metric: "loss"}
	j := w.boardOf(key).judged
	j.making = make(chan struct{}) // by somebody who is slow
	late := make(chan time.Time, 1)
	late <- time.Now()
	m, err := w.whole(t.Context(), key, s, false, late)
	if err != nil || m.Parts["layout"] == nil || m.Parts["answer"] != nil {
		t.Fatalf("while the answer is being made, the parts are %v, %v", m.Parts, err)
	}
	var page sweepPage
	if page.fill(m, s); !page.Busy {
		t.Error("the page does not say that its answer is being worked out")
	}
	has := readCursor(m.Version)
	go j.make(s, s.results, nil)
	if m, err = w.whole(t.Context(), key, s, false, nil); err != nil || m.Parts["answer"] == nil {
		t.Fatalf("once the answer is made, the parts are %v, %v", m.Parts, err)
	}
	if m, _ = w.message(key, s, has, false); len(m.Parts) != 1 || m.Parts["answer"] == nil {
		t.Errorf("a page that waits for the answer is sent %v", m.Parts)
	}
}
