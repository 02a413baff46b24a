package sweep

// A RowLoss is the loss of one held-out row.
type RowLoss struct {
	Nats   float64  // summed over the tokens that count; may be infinite or NaN, as any loss
	Tokens int      // that count
	Match  RowMatch // whether the model gives the completion itself
}

// MeanRowLoss is the mean loss over all tokens of the rows, in nats a token: the
// evaluation loss that they are the rows of, but for rounding, since that is summed in
// another order. It is NaN without a token that counts.
func MeanRowLoss(rows []RowLoss) float64 {
	var sum RowLoss
	for _, r := range rows {
		sum.Nats += r.Nats
		sum.Tokens += r.Tokens
	}
	return sum.Nats / float64(sum.Tokens)
}
