package export_test

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"sweep/store/export"
	"sweep/sweep"
)

// commandRuns are a run of a command that is done and one in training, which logged
// something that the first did not.
func commandRuns() []sweep.Result {
	p := sweep.Defaults()
	p.Command = &sweep.Command{}
	return []sweep.Result{
		{Run: sweep.Run{Name: "a", Key: "0a", Params: p}, Outcome: sweep.Outcome{State: sweep.StateDone, Measures: sweep.Measures{{Name: "=accuracy", Value: 0.5}, {Name: "step", Value: 7}}}},
		{Run: sweep.Run{Name: "b", Key: "0b", Params: p}, Outcome: sweep.Outcome{State: sweep.StateRunning}},
	}
}

func measuredCurve(key string) ([]sweep.Point, error) {
	points := map[string][]sweep.Point{
		"0a": {{Step: 1, Loss: 2.5, GradNorm: 1, Measures: sweep.Measures{{Name: "=accuracy", Value: 0.5}, {Name: "step", Value: 7}}}, {Step: 2, Loss: 2, GradNorm: 1}},
		"0b": {{Step: 1, Loss: 3, GradNorm: 1, Measures: sweep.Measures{{Name: "recall", Value: math.NaN()}}}},
	}
	return points[key], nil
}

func TestMeasuresAreColumnsOfCurves(t *testing.T) {
	for format, want := range map[export.Format]string{
		export.CSV: `run,key,step,loss,grad_norm,eval_loss,match,'=accuracy,recall,logged.step
a,0a,1,2.5,1,,,0.5,,7
a,0a,2,2,1,,,,,
b,0b,1,3,1,,,,NaN,
`,
		export.JSONL: `{"run":"a","key":"0a","step":1,"loss":2.5,"grad_norm":1,"eval_loss":null,"match":null,"=accuracy":0.5,"recall":null,"logged.step":7}
{"run":"a","key":"0a","step":2,"loss":2,"grad_norm":1,"eval_loss":null,"match":null,"=accuracy":null,"recall":null,"logged.step":null}
{"run":"b","key":"0b","step":1,"loss":3,"grad_norm":1,"eval_loss":null,"match":null,"=accuracy":null,"recall":"NaN","logged.step":null}
`,
	} {
		var b bytes.Buffer
		if err := export.Curves(&b, format, commandRuns(), measuredCurve); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
	}
}

func TestMeasuresAreColumnsOfParquetFiles(t *testing.T) {
	type row struct {
		Step     *int64   `parquet:"step"`
		Logged   *float64 `parquet:"logged.step"`
		Recall   *float64 `parquet:"recall"`
		Accuracy *float64 `parquet:"=accuracy"`
	}
	var b bytes.Buffer
	if err := export.Curves(&b, export.Parquet, commandRuns(), measuredCurve); err != nil {
		t.Fatal(err)
	}
	rows, err := parquet.Read[row](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		line := fmt.Sprint(*r.Step)
		for _, x := range []*float64{r.Logged, r.Recall, r.Accuracy} {
			if x == nil {
				line += " null"
			} else {
				line += fmt.Sprint(" ", *x)
			}
		}
		got = append(got, line)
	}
	if diff := cmp.Diff([]string{"1 7 null 0.5", "2 null null null", "1 null NaN null"}, got); diff != "" {
		t.Error(diff)
	}
}
