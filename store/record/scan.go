package record

import (
	"time"

	"sweep/sweep"
)

// ScanText reads a row of one text.
func ScanText(row Scanner) (text string, err error) {
	err = row.Scan(&text)
	return text, err
}

// ScanSaved reads a row of name, question, toml, file, created and saved: a sweep without
// its cells.
func ScanSaved(row Scanner) (sweep.SavedSweep, error) {
	var created, saved string
	var sw sweep.SavedSweep
	err := row.Scan(&sw.Name, &sw.Question, &sw.TOML, &sw.File, &created, &saved)
	if err == nil {
		sw.Created, err = time.Parse(Instant, created)
	}
	if err == nil {
		sw.Saved, err = time.Parse(Instant, saved)
	}
	return sw, err
}

// ScanMark reads a row of key, name and mark.
func ScanMark(row Scanner) (m sweep.Mark, err error) {
	err = row.Scan(&m.Key, &m.Name, &m.Text)
	return m, err
}

// ScanCell reads a row of key, name and planned.
func ScanCell(row Scanner) (c Cell, err error) {
	err = row.Scan(&c.Key, &c.Name, &c.Planned)
	return c, err
}

// ScanPrediction reads a row of text and stated, as they are stored.
func ScanPrediction(row Scanner) (p Prediction, err error) {
	err = row.Scan(&p.Text, &p.Stated)
	return p, err
}

// ScanRemovalRun reads a row of key, name, state and why the run is kept.
func ScanRemovalRun(row Scanner) (r sweep.RemovalRun, err error) {
	err = row.Scan(&r.Key, &r.Name, &r.State, &r.Kept)
	return r, err
}
