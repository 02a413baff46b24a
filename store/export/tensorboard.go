package export

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"sweep/sweep"
	"sweep/sweep/atomicfile"
	"sweep/sweep/tfevents"
)

// TensorBoard writes a folder for each result, as its name has it, with an event file:
// the run's parameters as hyperparameters, then train/loss, train/grad_norm,
// eval/loss and eval/match at their steps, as Trainer of transformers names them, and measures by the
// names that they have. What is not there is left out. TensorBoard keeps float32. An event file that is there is replaced.
func TensorBoard(ctx context.Context, dir string, results []sweep.Result, curve func(key string) ([]sweep.Point, error)) error {
	for _, r := range results {
		points, err := curve(r.Key)
		if err != nil {
			return err
		}
		if len(points) == 0 {
			continue // it was never begun
		}
		var b bytes.Buffer
		if err := writeEvents(&b, r, points); err != nil {
			return fmt.Errorf("export run %s: %w", r.Name, err)
		}
		run := filepath.Join(dir, filepath.FromSlash(r.Name))
		if err := os.MkdirAll(run, 0o755); err != nil {
			return fmt.Errorf("make the folder of run %s: %w", r.Name, err)
		}
		file := filepath.Join(run, "events.out.tfevents.0."+sweep.ShortKey(r.Key))
		err = atomicfile.Write(ctx, file, func(w io.Writer) error {
			_, err := b.WriteTo(w)
			return err
		})
		if err != nil {
			return fmt.Errorf("export run %s: %w", r.Name, err)
		}
	}
	return nil
}

// writeEvents writes a run. Nobody recorded when its steps were, so they count as
// seconds from 1970 on, which keeps them in order and the file the same each time.
func writeEvents(w io.Writer, r sweep.Result, points []sweep.Point) error {
	events, err := tfevents.NewWriter(w, time.Unix(0, 0))
	if err != nil {
		return err
	}
	settings := map[string]any{}
	for _, column := range sweep.ParameterColumns(sweep.CustomParameters([]sweep.Result{r})...) {
		if column.Known(r) {
			settings[column.Name] = column.Value(r)
		}
	}
	if err := events.Settings(settings, time.Unix(0, 0)); err != nil {
		return err
	}
	row := make([]any, 5)
	for _, p := range points {
		setPoint(row, p, r)
		var scalars []tfevents.Scalar
		for i, tag := range []string{"train/loss", "train/grad_norm", "eval/loss", "eval/match"} {
			if x, ok := row[i+1].(float64); ok {
				scalars = append(scalars, tfevents.Scalar{Tag: tag, Value: x})
			}
		}
		for _, m := range p.Measures {
			scalars = append(scalars, tfevents.Scalar{Tag: m.Name, Value: m.Value})
		}
		if err := events.Scalars(int64(p.Step), time.Unix(int64(p.Step), 0), scalars...); err != nil {
			return err
		}
	}
	return events.Flush()
}
