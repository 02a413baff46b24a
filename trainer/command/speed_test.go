package command

import (
	"testing"
	"time"

	"sweep/sweep"
)

func TestTheSpeedIsWhatAProgramSaysOrTheTokensItCountsOverTime(t *testing.T) {
	point := func(name string, x float64) []sweep.Point {
		return []sweep.Point{{Step: 1, Measures: sweep.Measures{{Name: name, Value: x}}}}
	}
	began := time.Now()
	var s speed
	for i, c := range []struct {
		points []sweep.Point
		after  time.Duration
		told   bool
		want   float64
	}{
		{point("accuracy", 1), 0, false, 0},
		{point("num_tokens", 1000), 10 * time.Second, false, 0},
		{point("num_tokens", 3000), 20 * time.Second, true, 200},
		{point("num_tokens", 3000), 20 * time.Second, true, 200},
		{nil, 30 * time.Second, false, 200},
		{point("num_tokens", 4000), 40 * time.Second, true, 100},
		{point("train_tokens_per_second", 150), 50 * time.Second, true, 150},
	} {
		if told := s.see(c.points, began.Add(c.after)); told != c.told || s.tokensPerSecond != c.want {
			t.Errorf("%d: told %v, %g tokens/s, want %v, %g", i, told, s.tokensPerSecond, c.told, c.want)
		}
	}
	var anew speed // of an attempt that goes on and logs less than before
	anew.see(point("num_tokens", 1000), began)
	if anew.see(point("num_tokens", 500), began.Add(time.Second)) {
		t.Errorf("fewer tokens are %g tokens/s", anew.tokensPerSecond)
	}
}
