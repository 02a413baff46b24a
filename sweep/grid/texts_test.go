package grid_test

import (
	"slices"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/sweep/grid"
)

func TestATableOfTextsIsFixedOrAnAxis(t *testing.T) {
	want := sweep.Texts{"completion=a b", "prompt=q"}
	for text, settings := range map[string][]string{
		"name = 'x'\n[fixed]\ncolumns = { prompt = 'q', completion = 'a b' }\n[grid]\nlr = [1]": nil,
		"name = 'x'\n[grid]\nlr = [1]\n[fixed.columns]\nprompt = 'q'\ncompletion = 'a b'":       nil,
		"name = 'x'\n[grid]\nlr = [1]": {`columns={ prompt = "q", completion = "a b" }`},
		"name = 'x'\n[grid]\nlr = [1]\ncolumns = [{ completion = 'a b', prompt = 'q' }]":           nil,
		"name = 'x'\n[fixed]\ncolumns = { text = 't' }\n[grid]\nlr = [1]":                          {`columns={ prompt = "q", completion = "a b" }`},
		"name = 'x'\n[fixed]\ncolumns = { text = 't' }\n[grid]\nlr = [1]\n[[arm]]\nname = 'given'": {`arm.given.columns={ prompt = "q", completion = "a b" }`},
	} {
		cells, spec := cellsWith(t, text, settings...)
		if len(cells) != 1 {
			t.Errorf("%s: %d cells", text, len(cells))
		}
		for name, p := range cells {
			if !slices.Equal(p.Columns, want) {
				t.Errorf("%s: cell %s has %q", text, name, p.Columns)
			}
		}
		again, err := grid.DecodeSpec(strings.NewReader(spec.Source), "again.toml")
		if err != nil {
			t.Errorf("%s: as it is stored: %v", text, err)
			continue
		}
		for name, p := range again.Cells() {
			if !slices.Equal(p.Columns, want) {
				t.Errorf("%s: as it is stored, cell %s has %q", text, name, p.Columns)
			}
		}
	}
}

func TestATableOfTextsAsAnAxisNamesItsCells(t *testing.T) {
	cells, _ := cellsWith(t, "name = 'x'\n[grid]\ncolumns = [{}, { text = 'body' }, { text = 'title text' }]")
	for _, name := range []string{"no_columns", "columns_text_body", "columns_text_title_text"} {
		if _, ok := cells[name]; !ok {
			t.Errorf("there is no cell %s among %v", name, cells)
		}
	}
}

func TestWrongTablesOfTextsAreRefused(t *testing.T) {
	for table, want := range map[string]string{
		`columns = "question"`:        `fixed.columns = "question" is no table; allowed: a table such as { prompt = "..." }`,
		`columns = { promt = "q" }`:   `fixed.columns = { promt = "q" } names the unknown "promt"; allowed: a table such as { prompt = "..." }, with some of prompt, completion`,
		`columns = { prmpt = "q" }`:   `did you mean "prompt"?`,
		`columns = { prompt = 3 }`:    `has no text for "prompt"`,
		`columns = { prompt = "" }`:   `has no text for "prompt"`,
		`columns = [{ text = "q" }]`:  `is no table`,
		`columns = { text = "a\tb" }`: sweep.ErrHiddenPath.Error(),
	} {
		_, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n[fixed]\n"+table), "grid.toml")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is\n%v\nwant one with\n%s", table, err, want)
		}
	}
}
