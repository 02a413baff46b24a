package record

import (
	"database/sql"
	"math"
	"time"

	"sweep/sweep"
)

// progress is how far a run came, NULL for one that has an outcome.
type progress struct {
	step, special, checkpoint sql.NullInt64
	loss, speed, heard        sql.NullFloat64
	owner                     sql.NullString
}

// of is how far a run came, if it has no outcome and was begun.
func (p progress) of(r sweep.Result) sweep.Progress {
	if r.Attempt == 0 || r.State != sweep.StateRunning && r.State != sweep.StatePending {
		return sweep.Progress{}
	}
	whole, part := math.Modf(p.heard.Float64)
	to := sweep.Progress{
		Step: int(p.step.Int64), Loss: math.NaN(), Checkpoint: int(p.checkpoint.Int64), TokensPerSecond: p.speed.Float64,
		Heard: time.Unix(int64(whole), int64(part*1e9)),
	}
	if to.Step > 0 {
		to.Loss = Restore(p.loss, p.special.Int64, 0)
	}
	if r.State == sweep.StateRunning {
		to.Owner = p.owner.String
	}
	return to
}
