package export_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"sweep/store/export"
	"sweep/sweep"
)

// A diverging curve, with everything that a number may be.
func hardCurve(string) ([]sweep.Point, error) {
	return []sweep.Point{
		{Step: 0, EvalLoss: 3.5, Evaluated: true, Match: sweep.Matches{Right: 1, Of: 4}},
		{Step: 1, Loss: 0.1, GradNorm: 1e-300},
		{Step: 2, Loss: math.Inf(1), GradNorm: math.Inf(-1), EvalLoss: math.NaN(), Evaluated: true},
	}, nil
}

var runs = []sweep.Result{{Run: sweep.Run{Name: `arm/"s0"`, Key: "0f"}}}

func exported(t *testing.T, f export.Format) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := export.Curves(&b, f, runs, hardCurve); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCurvesInText(t *testing.T) {
	for format, want := range map[export.Format]string{
		export.CSV: `run,key,step,loss,grad_norm,eval_loss,match
"arm/""s0""",0f,0,,,3.5,0.25
"arm/""s0""",0f,1,0.1,1e-300,,
"arm/""s0""",0f,2,+Inf,-Inf,NaN,
`,
		export.JSONL: `{"run":"arm/\"s0\"","key":"0f","step":0,"loss":null,"grad_norm":null,"eval_loss":3.5,"match":0.25}
{"run":"arm/\"s0\"","key":"0f","step":1,"loss":0.1,"grad_norm":1e-300,"eval_loss":null,"match":null}
{"run":"arm/\"s0\"","key":"0f","step":2,"loss":"Infinity","grad_norm":"-Infinity","eval_loss":"NaN","match":null}
`,
	} {
		if diff := cmp.Diff(want, string(exported(t, format))); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
	}
}

func TestCurvesInParquet(t *testing.T) {
	type row struct {
		Run      string   `parquet:"run"`
		Key      string   `parquet:"key"`
		Step     *int64   `parquet:"step"`
		Loss     *float64 `parquet:"loss"`
		GradNorm *float64 `parquet:"grad_norm"`
		EvalLoss *float64 `parquet:"eval_loss"`
	}
	file := exported(t, export.Parquet)
	rows, err := parquet.Read[row](bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		line := fmt.Sprint(r.Run, " ", r.Key, " ", *r.Step)
		for _, x := range []*float64{r.Loss, r.GradNorm, r.EvalLoss} {
			if x == nil {
				line += " null"
			} else {
				line += fmt.Sprint(" ", *x)
			}
		}
		got = append(got, line)
	}
	want := []string{`arm/"s0" 0f 0 null null 3.5`, `arm/"s0" 0f 1 0.1 1e-300 null`, `arm/"s0" 0f 2 +Inf -Inf NaN`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRowLossesInText(t *testing.T) {
	var b bytes.Buffer
	err := export.RowLosses(&b, export.CSV, runs, func(string) ([]sweep.RowLoss, error) {
		return []sweep.RowLoss{{Nats: 2.5, Tokens: 4, Match: sweep.MatchRight}, {Nats: math.NaN(), Tokens: 3}}, nil
	})
	want := "run,key,row,nats,tokens,match\n\"arm/\"\"s0\"\"\",0f,1,2.5,4,true\n\"arm/\"\"s0\"\"\",0f,2,NaN,3,\n"
	if diff := cmp.Diff(want, b.String()); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

// results are a run that is done and one that was never begun.
func results() []sweep.Result {
	done := sweep.Result{
		Run:     sweep.Run{Name: "s0", Params: sweep.Defaults()},
		Outcome: sweep.Outcome{State: sweep.StateDone, Loss: 0.1, EvalLoss: math.NaN(), Evaluated: true, Steps: 200}, Attempt: 1,
	}
	return []sweep.Result{done, {Run: sweep.Run{Name: "s1"}}}
}

func TestRunsHaveEveryColumn(t *testing.T) {
	var b bytes.Buffer
	if err := export.Runs(&b, export.CSV, results()); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(records) != 3 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	for i, name := range records[0] {
		column, err := sweep.LookupColumn(name)
		if err != nil {
			t.Error(err)
		}
		want := ""
		if column.Known(results()[0]) {
			want = fmt.Sprint(column.Value(results()[0]))
		}
		if records[1][i] != want {
			t.Errorf("%s is %q, want %q", name, records[1][i], want)
		}
		if figure := name == "loss" || name == "eval_loss"; figure && records[2][i] != "" {
			t.Errorf("%s of a run never begun is %q", name, records[2][i])
		}
	}

	b.Reset()
	if err := export.Runs(&b, export.JSONL, results()); err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.NewDecoder(&b).Decode(&object); err != nil || len(object) != len(sweep.Columns()) || object["lr"] != 1e-3 || object["eval_loss"] != "NaN" {
		t.Errorf("%v, %v", object, err)
	}

	b.Reset()
	if err := export.Runs(&b, export.Parquet, results()); err != nil {
		t.Fatal(err)
	}
	type row struct {
		Run  string   `parquet:"run"`
		LR   *float64 `parquet:"lr"`
		Loss *float64 `parquet:"loss"`
	}
	rows, err := parquet.Read[row](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil || len(rows) != 2 || rows[0].Run != "s0" || *rows[0].LR != 1e-3 || *rows[0].Loss != 0.1 || rows[1].Loss != nil {
		t.Errorf("%+v, %v", rows, err)
	}
}

func TestTextsComeThroughEachBorder(t *testing.T) {
	hostile := sweep.Result{
		Run:     sweep.Run{Name: "=1+1\n\x1b\u202e", Key: "0f", Params: sweep.Params{Seed: 1<<53 - 1}},
		Outcome: sweep.Outcome{State: sweep.StateFailed, Error: "-2+3"},
	}
	var table, lines bytes.Buffer
	if err := export.Runs(&table, export.CSV, []sweep.Result{hostile}); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(&table).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	cells := map[string]string{}
	for i, name := range records[0] {
		cells[name] = records[1][i]
	}
	for name, want := range map[string]string{"run": "'=1+1\n" + `\x1b\u202e`, "error": "'-2+3", "seed": "9007199254740991"} {
		if cells[name] != want {
			t.Errorf("%s is %q in CSV, want %q", name, cells[name], want)
		}
	}
	if err := export.Runs(&lines, export.JSONL, []sweep.Result{hostile}); err != nil {
		t.Fatal(err)
	}
	if text := lines.Bytes(); bytes.ContainsAny(text, "\x1b\u202e") {
		t.Errorf("JSON holds what is not visible: %q", text)
	}
	var object struct {
		Run, Error string
		Seed       int
	}
	if err := json.Unmarshal(lines.Bytes(), &object); err != nil || object.Run != hostile.Name || object.Error != hostile.Error || object.Seed != 1<<53-1 {
		t.Errorf("comes back as %+v: %v", object, err)
	}
}

// TestAbsenceIsNoNaN tells a loss that is NaN from one that was never
// evaluated, and lacking texts from empty ones.
func TestAbsenceIsNoNaN(t *testing.T) {
	diverged := sweep.Outcome{State: sweep.StateDiverged, Loss: math.NaN(), EvalLoss: math.NaN(), FirstLoss: 5, TokensPerSecond: 100}
	evaluated, copied := diverged, diverged
	evaluated.Evaluated = true
	copied.CopyOf, copied.TokensPerSecond = "0f", math.NaN()
	var all []sweep.Result
	for _, o := range []sweep.Outcome{diverged, evaluated, copied} {
		all = append(all, sweep.Result{Run: sweep.Run{Key: "0f", Params: sweep.Defaults()}, Outcome: o, Attempt: 1})
	}
	names := []string{"loss", "eval_loss", "tokens_per_second", "copy_of", "adapter", "revision", "dirty"}
	for format, want := range map[export.Format][]string{
		export.CSV:     {"NaN,,100,,,,false", "NaN,NaN,100,,,,false", "NaN,,,0f,,,false"},
		export.JSONL:   {"NaN,null,100,null,null,null,false", "NaN,NaN,100,null,null,null,false", "NaN,null,null,0f,null,null,false"},
		export.Parquet: {"NaN,null,100,null,null,null,false", "NaN,NaN,100,null,null,null,false", "NaN,null,null,0f,null,null,false"},
	} {
		var b bytes.Buffer
		if err := export.Runs(&b, format, all); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, cells(t, format, b.Bytes(), names)); diff != "" {
			t.Errorf("%s, -want +got:\n%s", format, diff)
		}
	}
	var b bytes.Buffer
	unknown := func(string) ([]sweep.Point, error) {
		return []sweep.Point{{Step: 1, Loss: math.NaN(), GradNorm: math.NaN()}}, nil
	}
	if err := export.Curves(&b, export.CSV, all[1:], unknown); err != nil {
		t.Fatal(err)
	}
	if want := "run,key,step,loss,grad_norm,eval_loss,match\n,0f,1,NaN,NaN,,\n,0f,1,NaN,,,\n"; b.String() != want {
		t.Errorf("gradient norms of a trained run and of a copy: got %q", b.String())
	}
}

// cells are the values of some columns, a line for each row.
func cells(t *testing.T, f export.Format, file []byte, names []string) (lines []string) {
	t.Helper()
	add := func(value func(name string) any) {
		var row []string
		for _, name := range names {
			v := value(name)
			if v == nil {
				v = "null"
			}
			row = append(row, fmt.Sprint(v))
		}
		lines = append(lines, strings.Join(row, ","))
	}
	switch f {
	case export.CSV:
		records, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records[1:] {
			add(func(name string) any { return r[slices.Index(records[0], name)] })
		}
	case export.JSONL:
		for line := range bytes.Lines(file) {
			var object map[string]any
			if err := json.Unmarshal(line, &object); err != nil {
				t.Fatal(err)
			}
			add(func(name string) any { return object[name] })
		}
	default:
		rows, err := parquet.Read[any](bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			add(func(name string) any { return r.(map[string]any)[name] })
		}
	}
	return lines
}

func TestAnUnknownFormatIsRefused(t *testing.T) {
	if err := export.Runs(io.Discard, "xlsx", nil); err == nil {
		t.Error("no error")
	}
}

// BenchmarkCurves writes a million points in each format.
func BenchmarkCurves(b *testing.B) {
	const length, curves = 10_000, 100
	points := make([]sweep.Point, length)
	for i := range points {
		points[i] = sweep.Point{Step: i + 1, Loss: 3 / math.Sqrt(float64(i+1)), GradNorm: math.Sin(float64(i)), EvalLoss: 1, Evaluated: i%100 == 0}
	}
	many := make([]sweep.Result, curves)
	for i := range many {
		many[i].Key = strconv.Itoa(i)
	}
	for _, format := range []export.Format{export.CSV, export.JSONL, export.Parquet} {
		b.Run(string(format), func(b *testing.B) {
			for b.Loop() {
				if err := export.Curves(io.Discard, format, many, func(string) ([]sweep.Point, error) { return points, nil }); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*length*curves)/b.Elapsed().Seconds(), "points/s")
		})
	}
}
