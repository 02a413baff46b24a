package grid_test

import (
	"slices"
	"strings"
	"testing"

	"sweep/sweep/grid"
)

const pinnable = `
name = "x"
[fixed]
model = "hf://acme/tiny@v1"
data  = "hf:datasets/acme/rows"
[grid]
adapter = ["", "hf:acme/adapter"]
[[arm]]
name = "other"
[arm.fixed]
model = "hf:acme/other/q.gguf"
[[arm]]
name = "local"
[arm.fixed]
model = "folder"
data  = "rows.jsonl"
`

func decodeFrom(t *testing.T, text, file string) *grid.Spec {
	t.Helper()
	spec, err := grid.DecodeSpec(strings.NewReader(text), file)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func TestNamesOnTheHubAreListedAndPinned(t *testing.T) {
	spec := decodeFrom(t, pinnable, "below/x.toml")
	want := []grid.HubUse{
		{Parameter: "model", Name: "hf:acme/other/q.gguf"}, {Parameter: "data", Name: "hf:datasets/acme/rows"}, {Parameter: "adapter", Name: "hf:acme/adapter"},
	}
	if got := spec.HubUses(); !slices.Equal(got, want) {
		t.Fatalf("the grid has %v; want %v", got, want)
	}
	commit := strings.Repeat("a", 40)
	found := map[grid.HubUse]string{
		want[0]: "hf:acme/other@" + commit + "/q.gguf", want[1]: "hf:datasets/acme/rows@" + commit + "/data/train.jsonl", want[2]: "hf:acme/adapter@" + commit,
	}
	pinned, err := spec.Pin(found)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range []*grid.Spec{pinned, decodeFrom(t, pinned.Source, "elsewhere/x.toml")} {
		var cells []string
		for name, p := range spec.Cells() {
			cells = append(cells, name+" "+p.Model+" "+p.Data+" "+p.Adapter)
		}
		folder := strings.TrimSuffix(spec.File, "x.toml")
		want := []string{
			"other/no_adapter " + found[want[0]] + " " + found[want[1]] + " ",
			"other/adapter " + found[want[0]] + " " + found[want[1]] + " " + found[want[2]],
			"local/no_adapter " + folder + "folder " + folder + "rows.jsonl ",
			"local/adapter " + folder + "folder " + folder + "rows.jsonl " + found[want[2]],
		}
		if !slices.Equal(cells, want) {
			t.Errorf("the cells are %q; want %q", cells, want)
		}
	}
	again, err := pinned.Pin(map[grid.HubUse]string{{Parameter: "model", Name: found[want[0]]}: found[want[0]]})
	if err != nil || again != pinned {
		t.Errorf("a grid of commits alone is pinned again (%v)", err)
	}
}

func TestAPinWithoutACommitIsRefused(t *testing.T) {
	for _, found := range []string{"hf:acme/tiny", "hf:acme/tiny@main", "folder"} {
		_, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n[[pinned]]\nparameter = 'model'\nname = 'hf:acme/tiny'\nfound = '"+found+"'\n"), "x.toml")
		if err == nil || !strings.Contains(err.Error(), "pinned[1].found") {
			t.Errorf("%s: the error is %v", found, err)
		}
	}
}
