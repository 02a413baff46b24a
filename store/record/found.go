package record

import (
	"database/sql"
	"slices"

	"sweep/sweep"
)

// ScanFound reads a row of key, name, sweep, begun and ended: a run at one of its places.
// The sweep of a run of none is ”.
func ScanFound(row Scanner) (sweep.Found, error) {
	var f sweep.Found
	var place sweep.Place
	var begun, ended sql.NullString
	err := row.Scan(&f.Key, &place.Name, &place.Sweep, &begun, &ended)
	if err != nil {
		return f, err
	}
	f.Places = []sweep.Place{place}
	if f.Begun, err = Moment(begun); err == nil {
		f.Ended, err = Moment(ended)
	}
	return f, err
}

// Together joins the places of each run.
func Together(places []sweep.Found) []sweep.Found {
	var all []sweep.Found
	for _, f := range places {
		if i := slices.IndexFunc(all, func(known sweep.Found) bool { return known.Key == f.Key }); i >= 0 {
			all[i].Places = append(all[i].Places, f.Places...)
		} else {
			all = append(all, f)
		}
	}
	return all
}
