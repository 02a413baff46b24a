package tensorfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// DecodeJSON reads the JSON of what, such as "a tokenizer", into each of the
// values.
func DecodeJSON(data []byte, what string, values ...any) error {
	var errs []error
	for _, v := range values {
		errs = append(errs, json.Unmarshal(data, v))
	}
	if err := errors.Join(errs...); err != nil {
		return notJSON(data, what, err)
	}
	return nil
}

// notJSON explains why data is not the JSON of what, in words that do not need
// this program's source. The error is encoding/json's.
func notJSON(data []byte, what string, err error) error {
	if bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
		return fmt.Errorf("it is not the JSON of %s: it begins with a byte order mark; save it as UTF-8 without one", what)
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		return fmt.Errorf("it is not the JSON of %s: %s is a %s there", what, wrong.Field, wrong.Value)
	}
	return fmt.Errorf("it is not the JSON of %s: %w", what, err)
}
