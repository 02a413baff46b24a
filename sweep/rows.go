package sweep

// RowSummary says what the rows are that a run reads, and what becomes of them, for
// people: it decides nothing.
type RowSummary struct {
	Train int `json:"train"` // rows to train on
	Eval  int `json:"eval"`  // rows to evaluate on

	Sequences int     `json:"sequences,omitempty"` // that the rows to train on are packed to; 0 where they are not
	Filled    float64 `json:"filled,omitempty"`    // share of the tokens of these sequences that rows take

	Cut    int `json:"cut"`    // rows among these that are cut to seq
	Long   int `json:"long"`   // rows that are skipped for having more tokens than seq
	Silent int `json:"silent"` // rows that are skipped as no token counts for the loss, or none within seq

	Median  int     `json:"median"`  // tokens of a row, whole, over all that were looked at
	Longest int     `json:"longest"` // tokens, likewise
	Lost    float64 `json:"lost"`    // share of all tokens that were cut off, or skipped with their rows

	Duplicates int `json:"duplicates"` // rows to train on that say what an earlier one says
	Empty      int `json:"empty"`      // rows to train on whose completion is empty
	Overlap    int `json:"overlap"`    // rows to evaluate on that are trained on, too
}

// Epochs is how often a run of p goes through the rows that it trains on.
func (s RowSummary) Epochs(p Params) float64 {
	return float64(p.Steps) * float64(p.StepRows()) / float64(s.Units())
}

// Units is how many rows there are to train on or, where they are packed, sequences.
func (s RowSummary) Units() int {
	if s.Sequences > 0 {
		return s.Sequences
	}
	return s.Train
}

// A RowReader is an Inspector that also tells what rows a run reads.
type RowReader interface {
	// Rows sums up the rows of a run.
	Rows(Params) (RowSummary, error)
	// FirstRows returns the first n rows that a run trains on, in the order of their
	// file, as the model sees them.
	FirstRows(p Params, n int) ([]SeenRow, error)
}

// SeenRow is a row as a model sees it.
type SeenRow struct {
	Place  string // in its file: "line 7", or "row 7" of an array
	Tokens []SeenToken
}

// SeenToken is a token of a row. The model predicts it, if it counts, from those
// before.
type SeenToken struct {
	ID     int32
	Text   string // its bytes, which may be part of a character only
	Counts bool   // for the loss
	Target int32  // what is to be predicted in its place, where that is not the token itself; else ID
}
