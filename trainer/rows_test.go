package trainer_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/trainer"
	"sweep/trainer/builtin"
)

// isHeldOut is the rule of holdout, written a second time: of a hash of the row its
// first eight bytes, as a fraction of all that they can be.
func isHeldOut(t *testing.T, line []byte, holdout float64) bool {
	t.Helper()
	var row struct{ Prompt, Completion string }
	if err := json.Unmarshal(line, &row); err != nil {
		t.Fatal(err)
	}
	var said []byte
	for _, part := range []string{"prompt", row.Prompt, row.Completion} {
		said = append(binary.LittleEndian.AppendUint64(said, uint64(len(part))), part...)
	}
	hash := sha256.Sum256(said)
	return float64(binary.LittleEndian.Uint64(hash[:]))/(1<<64) < holdout
}

// splitFiles writes the first n rows of builtin:menus that are not held out to one
// file, and those that are to another.
func splitFiles(t *testing.T, n int, holdout float64) (train, eval string) {
	t.Helper()
	menus, err := builtin.Data("menus")
	if err != nil {
		t.Fatal(err)
	}
	var trained, held []byte
	for line := range bytes.Lines(menus) {
		if isHeldOut(t, line, holdout) {
			held = append(held, line...)
		} else if n > 0 {
			trained = append(trained, line...)
			n--
		}
	}
	train, eval = filepath.Join(t.TempDir(), "train.jsonl"), filepath.Join(t.TempDir(), "eval.jsonl")
	for path, text := range map[string][]byte{train: trained, eval: held} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return train, eval
}

func TestSoManyRowsAreAFileOfThemToTheBit(t *testing.T) {
	tr := trainer.New(trainer.Options{})
	p := builtinParams()
	p.Rows, p.Batch, p.Steps = 100, 8, 15 // more than an epoch
	got := train(t, tr, p)

	p.Rows = 0
	if all := train(t, tr, p); all.CurveHash == got.CurveHash {
		t.Error("all rows give the curve of the first 100")
	} else if all.FirstLoss != got.FirstLoss {
		t.Errorf("they begin at %v and %v: the held-out rows differ", all.FirstLoss, got.FirstLoss)
	}

	p.Data, p.DataEval = splitFiles(t, 100, p.Holdout)
	if want := train(t, tr, p); got.CurveHash != want.CurveHash || !bytes.Equal(got.Adapter, want.Adapter) {
		t.Errorf("rows = 100 ends at %v, a file of those rows at %v, want the same bits", got.EvalLoss, want.EvalLoss)
	}
	p.Rows = 100
	if named := train(t, tr, p); named.CurveHash != got.CurveHash {
		t.Error("rows = 100 of a file of 100 rows is another run than the file")
	}
	p.Rows = 101
	if _, err := tr.Inspect(p); err == nil {
		t.Error("101 of 100 rows were taken")
	}
}

func TestTheNumberOfRowsIsPartOfARunsIdentity(t *testing.T) {
	tr := trainer.New(trainer.Options{})
	p := builtinParams()
	key := func() string {
		in, err := tr.Inspect(p)
		if err != nil {
			t.Fatal(err)
		}
		return p.Key(in)
	}
	seen := map[string]int{}
	for _, p.Rows = range []int{0, 100, 1000} {
		seen[key()]++
	}
	if len(seen) != 3 {
		t.Errorf("three numbers of rows have %d keys", len(seen))
	}
}

// rowFile writes rows to a file.
func rowFile(t *testing.T, rows ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.jsonl")
	if err := os.WriteFile(path, []byte(strings.Join(rows, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// awkwardRows are short rows with, among them, one to be cut, one of which nothing that
// counts is left within 64 tokens, and one without a word to learn.
func awkwardRows() (all, short, cut []string) {
	for i := range 12 {
		short = append(short, fmt.Sprintf(`{"prompt": "%d and 1 is ", "completion": "%d"}`, i, i+1))
	}
	long := `{"prompt": "Say a: ", "completion": "` + strings.Repeat("a", 100) + `"}`
	lost := `{"prompt": "` + strings.Repeat("b", 100) + `", "completion": "c"}`
	silent := `{"text": ""}`
	return slices.Concat(short[:3], []string{long, lost}, short[3:7], []string{silent}, short[7:]), short, slices.Insert(slices.Clone(short), 3, long)
}

func TestSkippedRowsAreAsIfTheyWereNotThere(t *testing.T) {
	all, short, cut := awkwardRows()
	tr := trainer.New(trainer.Options{})
	p := builtinParams()
	p.Holdout, p.Seq, p.Steps, p.Batch = 0, 64, 6, 4
	run := func(long string, rows []string) sweep.Outcome {
		p.Long, p.Data = long, rowFile(t, rows...)
		return train(t, tr, p)
	}
	if got, want := run("skip", all), run("skip", short); got.CurveHash != want.CurveHash {
		t.Errorf("long = skip ends at %v, the short rows at %v", got.Loss, want.Loss)
	}
	if got, want := run("cut", all), run("cut", cut); got.CurveHash != want.CurveHash {
		t.Errorf("long = cut ends at %v, the rows that it keeps at %v", got.Loss, want.Loss)
	}
	p.Long, p.Data = "refuse", rowFile(t, all...)
	_, err := tr.Inspect(p)
	for _, want := range []string{"rows.jsonl:4: the row has 108 tokens, and seq is 64; raise seq", "rows.jsonl:10: no token counts"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("long = refuse gives %v, want an error with %s", err, want)
		}
	}
	p.Data = rowFile(t, short...)
	if _, err := tr.Inspect(p); err != nil {
		t.Errorf("long = refuse refuses short rows: %v", err)
	}
}

func TestTheSummaryOfRowsCountsWhatBecameOfThem(t *testing.T) {
	all, short, _ := awkwardRows()
	tr := trainer.New(trainer.Options{})
	p := builtinParams()
	p.Seq, p.Data, p.DataEval = 64, rowFile(t, append(all, short[0], `{"prompt": "a", "completion": ""}`)...), rowFile(t, short[:2]...)
	for long, want := range map[string]sweep.RowSummary{
		"cut":  {Train: 15, Eval: 2, Cut: 1, Silent: 2, Median: 13, Longest: 108, Lost: (44. + 102 + 1) / 413, Duplicates: 1, Empty: 1, Overlap: 2},
		"skip": {Train: 14, Eval: 2, Long: 2, Silent: 1, Median: 13, Longest: 108, Lost: (108. + 102 + 1) / 413, Duplicates: 1, Empty: 1, Overlap: 2},
	} {
		p.Long = long
		if got, err := tr.Rows(p); err != nil || got != want {
			t.Errorf("%s: got\n%+v, %v, want\n%+v", long, got, err, want)
		}
	}
	p.Long = "skip"
	notes, err := tr.Notes(p)
	if err != nil || len(notes) != 2 || !strings.Contains(notes[0], `rows.jsonl:4: skipped, as the row has 108 tokens, and seq is 64; raise seq, or set long = "cut"; likewise line 5`) {
		t.Errorf("notes are %q, %v", notes, err)
	}
	if in, err := tr.Inspect(p); err != nil || in.Numerics != 1 {
		t.Errorf("rows that are skipped make it version %d of the arithmetic, %v", in.Numerics, err)
	}
}

func TestANoteSaysHowManyRowsHaveNoCompletionToJudge(t *testing.T) {
	p := builtinParams()
	p.Eval, p.DataEval = []string{"loss", "match"}, rowFile(t, `{"prompt": "ab", "completion": "cd"}`, `{"text": "abc"}`)
	notes, err := trainer.New(trainer.Options{}).Notes(p)
	if want := "match leaves out 1 of the 2 rows to evaluate on, which have no prompt to complete"; err != nil || !slices.Contains(notes, want) {
		t.Errorf("notes are %q, %v; want %q", notes, err, want)
	}
}

func TestARowIsSeenAsItsTokensWithThoseThatCount(t *testing.T) {
	tr := trainer.New(trainer.Options{})
	p := builtinParams()
	p.Holdout, p.Seq = 0, 8
	p.Data = rowFile(t, `{"prompt": "ab", "completion": "cd"}`, `{"input_ids": [97, 98, 99], "labels": [-100, 120, 99]}`, `{"text": "abcdefghij"}`)
	rows, err := tr.FirstRows(p, 9)
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	var said []string
	for _, row := range rows {
		text := row.Place + ":"
		for _, k := range row.Tokens {
			text += fmt.Sprintf(" %q", k.Text)
			if k.Counts {
				text += "+"
			}
			if k.Target != k.ID {
				text += fmt.Sprint(k.Target)
			}
		}
		said = append(said, text)
	}
	want := []string{
		`line 1: "a" "b" "c"+ "d"+ "\x00"+`,
		`line 2: "a" "b"+120 "c"+`,
		`line 3: "a" "b"+ "c"+ "d"+ "e"+ "f"+ "g"+ "h"+`,
	}
	if !slices.Equal(said, want) {
		t.Errorf("seen are\n%s\nwant\n%s", strings.Join(said, "\n"), strings.Join(want, "\n"))
	}
	if rows, err := tr.FirstRows(p, 1); err != nil || len(rows) != 1 {
		t.Errorf("of one row asked for came %d, %v", len(rows), err)
	}
}

// TestWhatDecidesTheRowsHasTheirRole changes one setting at a time. For loss_on, which
// leaves rows of tokens as they are, see TestLossOnChoosesWhatBearsALoss.
func TestWhatDecidesTheRowsHasTheirRole(t *testing.T) {
	tr := trainer.New(trainer.Options{})
	p := tiny()
	p.DataEval = ""
	p.Holdout = 0.3
	before, err := tr.Rows(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range sweep.Parameters() {
		changes := q.Kind == sweep.KindPath && q.Name != "adapter" || q.Name == "loss_on" || q.Name == "columns"
		for _, v := range others(q.Name) {
			other := p
			q.Set(&other, v)
			after, err := tr.Rows(other)
			if err != nil {
				t.Fatal(err)
			}
			changes = changes || after != before
		}
		if changes != q.Has(sweep.RoleRows) {
			t.Errorf("%s changes the rows: %t, has the role: %t", q.Name, changes, q.Has(sweep.RoleRows))
		}
	}
}
