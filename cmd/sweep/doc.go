// Sweep trains the runs that a grid file asks for, remembers every loss curve,
// and draws the answer.
//
//	sweep run GRID.toml          trains what is missing; safe to interrupt and run again
//	sweep plot --by alpha        figures of the latest sweep, or of --sweep NAME
//	sweep report --out R.html    what a sweep says of the claims about alpha, and what to do
//	sweep ls [SWEEP]             the sweeps in the store, or the runs of one
//	sweep verify [--symmetry]    finished runs, or LoRA's symmetries, held to the bit
//	sweep help grid              the grid file, by an example in all its forms
//	sweep help params            every parameter a grid may set
//	sweep version                what this binary was built from
//
// Exit codes: 0 all is done; 1 some runs failed; 2 the command line, the grid
// or what they name is wrong; 3 the sweep stopped before its end; 130
// interrupted, and resumable.
//
// Each verb is a file that parses, wires and prints; the work is done by the
// packages it wires.
package main
