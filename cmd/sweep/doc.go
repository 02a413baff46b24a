// Sweep trains the runs that a grid file asks for, remembers every loss curve,
// and draws the answer.
//
//	sweep run GRID.toml          trains what is missing; safe to interrupt and run again
//	sweep ls [SWEEP]             the sweeps in the store, or the runs of one
//	sweep show RUN               a run: its settings, its origin, its curve
//	sweep sample RUN PROMPT      what a run learnt to say
//	sweep best                   the best runs, and the best setting over seeds
//	sweep diff RUN OTHER         what two runs differ in, and where their curves part
//	sweep plot --by alpha        figures of the latest sweep, or of --sweep NAME
//	sweep report --out R.html    what a sweep says of the claims about alpha, and what to do
//	sweep advise --from --to     the best lr after a change of alpha, r or steps
//	sweep next GRID.toml         a grid with the runs that would decide most
//	sweep verify [--symmetry]    finished runs, or LoRA's symmetries, held to the bit
//	sweep probe GRID.toml        what a command does with alpha, told from short runs
//	sweep export                 curves, runs and adapters for other programs
//	sweep rm --sweep NAME        removes a sweep; asks
//	sweep db check, db backup    reads all of the store; copies it
//	sweep db copy FROM TO        copies sweeps between stores, in files and on servers
//	sweep submit slurm|k8s|ssh   has other machines start workers
//	sweep doctor                 what is wrong with the machine or the store
//	sweep help [TOPIC]           all of it, with examples
//	sweep completion bash        what makes a shell complete arguments
//	sweep version                what this binary was built from
//
// Exit codes: 0 all is done; 1 some runs failed; 2 the command line, the grid
// or what they name is wrong; 3 the sweep stopped before its end; 130
// interrupted, and resumable.
//
// Each verb is a file that parses, wires and prints; the work is done by the
// packages it wires. With 32 verbs and what they share, such as how runs are named
// and tables are written, that makes some 75 files.
package main
