// Package builtin is what the program carries in itself, so that a first sweep
// downloads nothing: builtin:tiny, a byte-level Llama of 0.89 M parameters, and
// builtin:menus, rows of a data-to-text task that it has never seen, and
// builtin:slots, rows of that task's reverse.
//
// The task is in the manner of E2E (Novikova et al., arXiv 1706.09254): a
// meaning representation in, one sentence out. The model was pretrained, by
// this program itself, on Corpus: the same kind of rows from other domains, and
// prose, lists and sums besides. It brings the copying of names along and must
// learn the menus' slots, words and phrasings, which is what fine-tuning is for.
// In builtin:slots the sentence comes in and the slots go out, in one order; the
// rows have a stream of their own, so that they are other menus.
//
// All text is generated from grammars in this package and the counter-based
// streams of package random: it is the same on every machine and never stored.
package builtin

//go:generate go run ./pretrain
