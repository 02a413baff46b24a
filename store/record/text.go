package record

import (
	"database/sql"
	"strings"
	"time"
)

// Instant writes times with a fixed width, so that they sort as text.
const Instant = "2006-01-02T15:04:05.000000000Z"

// Moment reads a time of any precision; NULL is the zero time.
func Moment(text sql.NullString) (time.Time, error) {
	if !text.Valid {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339Nano, text.String)
}

// Text is a text of a program's, or of a person's, as every backend can hold it: without
// NUL and in UTF-8, with U+FFFD for what is not.
func Text(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}
