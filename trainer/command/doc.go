// Package command trains runs by a program of a person's own: the command in their Params.
//
//	t := command.New(command.Options{Runs: "sweep.db.runs", Lease: lease, GPUs: pool})
//	outcome, err := t.Train(ctx, run, journal)
//
// Between this process and the program there is a supervisor, which is this program again
// with SupervisorArgument; whoever wires a Trainer has main call Supervise then. The
// program runs in a session of its own. Its group gets SIGTERM and, after a grace period,
// SIGKILL when this process asks for it, is gone, or gives no sign of life for a lease,
// and when somebody sends the supervisor a signal to end. The supervisor stays until
// nothing is left that the program started, in its group or out of it.
//
// A run's folder is kept between its attempts. In it the folder .sweep is ours:
//
//	log-N.txt         what attempt N printed, written by the program itself
//	metrics-N.jsonl   $SWEEP_METRICS of attempt N
//	attempts.jsonl    a line for the beginning and one for the end of each attempt
//	params.json       the parameters, also as .yaml and .toml, and the rendered template
//	lock, lock.json   locked while an attempt lives, and who that is
//
// The curve is a function of these files and of what the program keeps in the folder, so
// that nothing is lost when a process dies. A later attempt's curve follows on that of
// the earlier ones, before the first step that it logs.
//
// Processes that leave the group are found on Linux alone, by which also the program dies
// with its supervisor, and the kernel's kills for lack of memory are told from others. On
// Windows there is no SIGTERM: the group gets Ctrl-Break, the processes that the program
// started are not followed, and after the grace period the program alone is killed.
package command
