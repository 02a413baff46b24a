package record

import (
	"database/sql"
	"encoding/json"

	"sweep/sweep"
)

// Note reads a note's columns, NULL where there is none.
func Note(text, tags sql.NullString) (sweep.Note, error) {
	n := sweep.Note{Text: text.String}
	if !tags.Valid {
		return n, nil
	}
	err := json.Unmarshal([]byte(tags.String), &n.Tags)
	if len(n.Tags) == 0 {
		n.Tags = nil
	}
	return n, err
}

// List is texts as a JSON array.
func List(texts []string) string {
	b, _ := json.Marshal(texts) // strings always marshal
	return string(b)
}
