package trainer

import (
	"path/filepath"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/trainer/hub/hubtest"
)

func TestAPathThatLooksLikeARepositorySaysHowItIsNamed(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		set  func(*sweep.Params, string)
		path string
		want string // "" if there is to be no hint
	}{
		{func(p *sweep.Params, path string) { p.Model = path }, "HuggingFaceTB/SmolLM2-135M", `write "hf:HuggingFaceTB/SmolLM2-135M"`},
		{func(p *sweep.Params, path string) { p.Data = path }, "tatsu-lab/alpaca", `write "hf:datasets/tatsu-lab/alpaca"`},
		{func(p *sweep.Params, path string) { p.DataEval = path }, "tatsu-lab/alpaca", `write "hf:datasets/tatsu-lab/alpaca"`},
		{func(p *sweep.Params, path string) { p.Adapter = path }, "acme/adapter", `write "hf:acme/adapter"`},
		{func(p *sweep.Params, path string) { p.Model = path }, "SmolLM2-135M", ""},
		{func(p *sweep.Params, path string) { p.Model = path }, "models/smol.gguf", ""},
		{func(p *sweep.Params, path string) { p.Data = path }, "data/rows.jsonl", ""},
	} {
		p := sweep.Defaults()
		test.set(&p, filepath.Join(dir, filepath.FromSlash(test.path)))
		_, err := New(Options{}).Inspect(p)
		if err == nil || !strings.Contains(err.Error(), test.want) || test.want == "" && strings.Contains(err.Error(), "hf:") {
			t.Errorf("%s: the error is %v; want %s", test.path, err, test.want)
		}
	}
}

func TestWhatIsNotFetchedIsNamedWithItsCache(t *testing.T) {
	_, cache := hubtest.Start(t, nil)
	p := sweep.Defaults()
	p.Model = "hf:acme/tiny"
	_, err := New(Options{}).Inspect(p)
	if err == nil || !strings.Contains(err.Error(), "hf:acme/tiny") || !strings.Contains(err.Error(), cache) || !strings.Contains(err.Error(), "--fetch") {
		t.Errorf("the error is %v", err)
	}
}
