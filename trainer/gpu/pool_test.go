package gpu

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// poolOf has n devices, called by their indices.
func poolOf(n int) *Pool {
	var m Machine
	for i := range n {
		m.Devices = append(m.Devices, Device{Maker: NVIDIA, Index: i, UUID: fmt.Sprintf("GPU-%04d", i), Name: "Test", spelling: fmt.Sprint(i)})
	}
	return NewPool(m)
}

func take(t *testing.T, p *Pool, share float64) *Grant {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	g, err := p.Acquire(ctx, share)
	if err != nil {
		t.Fatalf("a share of %g: %v", share, err)
	}
	return g
}

func TestPartsFillAGPUBeforeTheNextIsOpened(t *testing.T) {
	p := poolOf(3)
	first := take(t, p, 0.5)
	for i, c := range []struct {
		share float64
		want  string
	}{{0.25, "0"}, {0.5, "1"}, {0.25, "0"}, {0.3, "1"}, {0.2, "1"}, {1, "2"}} {
		if got := take(t, p, c.share).Variables()[cudaVisible]; got != c.want {
			t.Errorf("part %d, of %g, is on GPU %s, want %s", i, c.share, got, c.want)
		}
	}
	first.Release()
	first.Release()
	if got := take(t, p, 0.5).Variables()[cudaVisible]; got != "0" {
		t.Errorf("what was given back is taken on GPU %s", got)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := p.fit(0.1); at != nil {
		t.Errorf("giving back twice made room on GPU %v", at)
	}
}

func TestCapacityIsHowManyRunsFitAtOnce(t *testing.T) {
	p := poolOf(4)
	for share, want := range map[float64]int{0: math.MaxInt, 1: 4, 2: 2, 3: 1, 4: 1, 0.5: 8, 0.4: 8, 1. / 3: 12, 0.1: 40, 0.7: 4, 5: 0} {
		if got := p.Capacity(share); got != want {
			t.Errorf("%d runs of %g fit, want %d", got, share, want)
		}
		if share == 0 || want == 0 {
			continue
		}
		full := poolOf(4)
		for range want {
			take(t, full, share)
		}
		if at := full.fit(share); at != nil {
			t.Errorf("one more run of %g gets GPU %v", share, at)
		}
	}
}

func TestARunMayHaveAnyOfTheGPUsThatItIsHandedInTurn(t *testing.T) {
	for share, want := range map[float64]string{0: "[]", 0.5: "[0] [1] [2] [3]", 1: "[0] [1] [2] [3]", 2: "[0 1] [2 3]", 3: "[0 1 2]", 5: ""} {
		var got []string
		for _, devices := range poolOf(4).Choices(share) {
			at := []int{}
			for _, d := range devices {
				at = append(at, d.Index)
			}
			got = append(got, fmt.Sprint(at))
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("a share of %g may be on %s, want %s", share, text, want)
		}
	}
}

func TestSharesThatCannotBeAreRefused(t *testing.T) {
	for share, want := range map[float64]string{
		3: "more GPUs than the 2 that may be used here: 2 x Test", 1.5: "a part of one GPU, or whole ones",
		-1: "a part of one GPU such as 0.5", math.Inf(1): "a part of one GPU such as 0.5", math.NaN(): "a part of one GPU such as 0.5",
	} {
		if _, err := poolOf(2).Acquire(t.Context(), share); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a share of %g: %v, want an error with %q", share, err, want)
		}
	}
}

func TestARunThatSaysNothingGetsAGPUWhereThereIsAny(t *testing.T) {
	part := 0.25
	if got := poolOf(2).Share(nil); got != 1 {
		t.Errorf("a run gets %g of two GPUs, want 1", got)
	}
	if got := poolOf(2).Share(&part); got != part {
		t.Errorf("a run that asks for %g gets %g", part, got)
	}
	if got := NewPool(Machine{}).Share(nil); got != 0 {
		t.Errorf("without GPUs a run gets %g", got)
	}
}

func TestARequestForSeveralGPUsIsNotPassedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := poolOf(2)
		running := take(t, p, 0.5)
		served := make(chan string, 2)
		ask := func(share float64, name string) {
			go func() {
				if _, err := p.Acquire(t.Context(), share); err == nil {
					served <- name
				}
			}()
			synctest.Wait()
		}
		ask(2, "both")
		ask(0.5, "half")
		if len(served) > 0 {
			t.Fatalf("%s is served while a run is on the GPUs, or before the one that came first", <-served)
		}
		running.Release()
		synctest.Wait()
		if got := <-served; got != "both" || len(served) > 0 {
			t.Errorf("%s is served first, want the one for both GPUs alone", got)
		}
	})
}

func TestARequestThatIsGivenUpMakesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := poolOf(2)
		running := take(t, p, 1)
		ctx, giveUp := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		go func() {
			_, err := p.Acquire(ctx, 2)
			gone <- err
		}()
		synctest.Wait()
		served := make(chan *Grant, 1)
		go func() {
			g, _ := p.Acquire(t.Context(), 1)
			served <- g
		}()
		synctest.Wait()
		giveUp()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("the request that was given up returns %v", err)
		}
		(<-served).Release()
		running.Release()
		take(t, p, 2).Release()
	})
}

func TestManyRunsNeverShareMoreThanThereIs(t *testing.T) {
	p := poolOf(3)
	var mu sync.Mutex
	used := map[string]float64{}
	add := func(g *Grant, sign float64) {
		mu.Lock()
		defer mu.Unlock()
		for _, d := range g.Devices {
			if used[d.UUID] += sign * min(g.Share, 1); used[d.UUID] > 1+slack {
				t.Errorf("GPU %d is used %g times", d.Index, used[d.UUID])
			}
		}
	}
	var runs sync.WaitGroup
	for i := range 300 {
		runs.Go(func() {
			ctx := t.Context()
			if i%7 == 0 { // some give up, at any time
				var stop context.CancelFunc
				ctx, stop = context.WithTimeout(ctx, time.Duration(i)*time.Microsecond)
				defer stop()
			}
			g, err := p.Acquire(ctx, []float64{0.1, 1. / 3, 0.5, 1, 2, 3}[i%6])
			if err != nil {
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
				}
				return
			}
			add(g, 1)
			add(g, -1)
			g.Release()
		})
	}
	runs.Wait()
	take(t, p, 3).Release()
}
