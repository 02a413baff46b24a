package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"

	"sweep/trainer/chattemplate"
)

// Rows are the parsed, untokenised rows of a file, or of the files of a folder, in
// their order.
type Rows struct {
	name    string // the file, or the folder, for messages
	rows    []row
	keys    map[string]bool // that rows have; empty where they were read without Columns
	passed  string          // what of a folder is not read, as a note; "" for nothing
	ignored []ignoredKey    // of the files, in the order in which they first come
	more    bool            // keys were ignored beyond those
	zeros   int             // rows that hold the character U+0000
}

// Len is the number of rows.
func (r *Rows) Len() int { return len(r.rows) }

// Hash is a SHA-256 in hex over what the rows say, in their order: not over
// their JSON spelling, blank lines or the file's name.
func (r *Rows) Hash() string {
	h := sha256.New()
	for _, row := range r.rows {
		digest := row.digest()
		h.Write(digest[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// HashBy is Hash where a chat template renders the conversations: over the template,
// and over all that it may read of them, too. Without conversations it is Hash.
func (r *Rows) HashBy(t *chattemplate.Template) string {
	h := sha256.New()
	chats := 0
	for _, row := range r.rows {
		if row.chat != nil {
			sum := sha256.Sum256(row.chat.json)
			h.Write(sum[:])
			chats++
		}
	}
	if chats == 0 || t.Apart() {
		return r.Hash()
	}
	h.Write([]byte(r.Hash() + t.Hash()))
	return hex.EncodeToString(h.Sum(nil))
}

// Conversations is how many of the rows are conversations.
func (r *Rows) Conversations() int {
	n := 0
	for _, row := range r.rows {
		if row.chat != nil {
			n++
		}
	}
	return n
}

// Split holds out about the fraction holdout of the rows for evaluation; both
// halves keep the order of r. A row's side depends on what it says alone, so
// equal rows land on the same side and adding rows moves no other. With
// holdout 0 all rows are for training and eval is empty; any other holdout
// that leaves a side empty is an error.
func (r *Rows) Split(holdout float64) (train, eval *Rows, err error) {
	if !(holdout >= 0 && holdout < 1) {
		return nil, nil, fmt.Errorf("splitting %s: holdout is %v; it must be a fraction from 0 to below 1", r.name, holdout)
	}
	train, eval = &Rows{name: r.name}, &Rows{name: r.name}
	border := uint64(math.Ldexp(holdout, 64))
	for _, row := range r.rows {
		digest := row.digest()
		side := train
		if binary.LittleEndian.Uint64(digest[:]) < border {
			side = eval
		}
		side.rows = append(side.rows, row)
	}
	if holdout > 0 && (train.Len() == 0 || eval.Len() == 0) {
		return nil, nil, fmt.Errorf("splitting %s: holdout %v of %d rows leaves %d to train on and %d to evaluate on; "+
			"add rows, move holdout towards 0.5, or name the evaluation rows with data_eval", r.name, holdout, r.Len(), train.Len(), eval.Len())
	}
	return train, eval, nil
}
