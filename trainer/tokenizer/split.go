package tokenizer

import "fmt"

// span is a stretch of a piece that a pattern matches, or one between two matches.
type span struct {
	from, to int
	match    bool
}

// behaviour says what becomes of the spans of a piece: which are left, and which
// are joined.
type behaviour func([]span) []span

// behaviours are the behaviours of Split.
func behaviours() map[string]behaviour {
	return map[string]behaviour{
		"Removed":            removed,
		"Isolated":           isolated,
		"MergedWithPrevious": mergedWithPrevious,
		"MergedWithNext":     mergedWithNext,
		"Contiguous":         contiguous,
	}
}

// behaviour reads what becomes of matches.
func (p *part) behaviour(otherwise string) (behaviour, error) {
	name := p.Behavior
	if name == "" {
		name = otherwise
	}
	b, ok := behaviours()[name]
	if !ok {
		return nil, fmt.Errorf("pre_tokenizer %s has behavior %q, but only Removed, Isolated, MergedWithPrevious, MergedWithNext and Contiguous are read", p.Type, name)
	}
	return b, nil
}

// splitBy cuts pieces by the matches of a pattern.
func splitBy(find finder, behave behaviour) preTokenizer {
	return func(p piece, each func(piece)) error {
		var spans []span
		done := 0
		err := find(p.text, func(from, to int) {
			if done < from {
				spans = append(spans, span{done, from, false})
			}
			spans = append(spans, span{from, to, true})
			done = to
		})
		if err != nil {
			return err
		}
		if done < len(p.text) {
			spans = append(spans, span{done, len(p.text), false})
		}
		for _, s := range behave(spans) {
			if s.from < s.to {
				each(piece{p.text[s.from:s.to], p.first && s.from == 0})
			}
		}
		return nil
	}
}

// isolated leaves matches by themselves.
func isolated(spans []span) []span { return spans }

// removed drops matches.
func removed(spans []span) []span { return only(spans, false) }

// matched drops what is no match.
func matched(spans []span) []span { return only(spans, true) }

func only(spans []span, match bool) []span {
	kept := spans[:0]
	for _, s := range spans {
		if s.match == match {
			kept = append(kept, s)
		}
	}
	return kept
}

// inverted takes matches for what lies between them, and the other way round.
func inverted(behave behaviour) behaviour {
	return func(spans []span) []span {
		for i := range spans {
			spans[i].match = !spans[i].match
		}
		return behave(spans)
	}
}

// mergedWithPrevious joins each match to what is before it, unless that is a
// match, too.
func mergedWithPrevious(spans []span) []span {
	kept := spans[:0]
	wasMatch := false
	for _, s := range spans {
		if s.match && !wasMatch && len(kept) > 0 {
			kept[len(kept)-1].to = s.to
		} else {
			kept = append(kept, s)
		}
		wasMatch = s.match
	}
	return kept
}

// mergedWithNext joins each match to what is behind it, unless that is a match,
// too.
func mergedWithNext(spans []span) []span {
	kept := spans[:0]
	wasMatch := false
	for _, s := range spans {
		if wasMatch && !s.match {
			kept[len(kept)-1].to = s.to
		} else {
			kept = append(kept, s)
		}
		wasMatch = s.match
	}
	return kept
}

// contiguous joins matches that follow one another.
func contiguous(spans []span) []span {
	kept := spans[:0]
	wasMatch := false
	for _, s := range spans {
		if s.match == wasMatch && len(kept) > 0 {
			kept[len(kept)-1].to = s.to
		} else {
			kept = append(kept, s)
		}
		wasMatch = s.match
	}
	return kept
}
