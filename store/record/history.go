package record

import (
	"database/sql"

	"sweep/sweep"
)

// ScanTimes reads a row of the name of a cell, planned and first_end into a history.
func ScanTimes(row Scanner, h *sweep.History) error {
	var cell string
	var planned, ended sql.NullString
	err := row.Scan(&cell, &planned, &ended)
	if err != nil {
		return err
	}
	if h.Planned[cell], err = Moment(planned); err != nil || !ended.Valid {
		return err
	}
	h.Ended[cell], err = Moment(ended)
	return err
}

// ScanStated reads a row of text and stated: a prediction of a history.
func ScanStated(row Scanner) (sweep.Stated, error) {
	var p sweep.Stated
	var stated sql.NullString
	err := row.Scan(&p.Prediction, &stated)
	if err == nil {
		p.At, err = Moment(stated)
	}
	return p, err
}
