package record

import (
	"database/sql"
	"math"

	"sweep/sweep"
)

// Scanner is a row of a result, whichever library reads it.
type Scanner interface{ Scan(into ...any) error }

// PointDecoder reads the points of a curve, one after the other.
type PointDecoder struct {
	measures MeasuresDecoder
	text     []byte
}

// Scan reads a row of step, loss, grad_norm, eval_loss, special, evaluated, match_right,
// match_of and measures.
func (d *PointDecoder) Scan(row Scanner) (sweep.Point, error) {
	var p sweep.Point
	var reals [3]sql.NullFloat64
	var lost int64
	if err := row.Scan(&p.Step, &reals[0], &reals[1], &reals[2], &lost, &p.Evaluated, &p.Match.Right, &p.Match.Of, &d.text); err != nil {
		return sweep.Point{}, err
	}
	p.WithoutLoss, p.WithoutNorm = Absent(reals[0], lost, 0), Absent(reals[1], lost, 1)
	p.Loss, p.GradNorm, p.EvalLoss = Restore(reals[0], lost, 0), Restore(reals[1], lost, 1), Restore(reals[2], lost, 2)
	if p.WithoutLoss {
		p.Loss = math.NaN()
	}
	if p.WithoutNorm {
		p.GradNorm = math.NaN()
	}
	var err error
	p.Measures, err = d.measures.Decode(d.text)
	return p, err
}
