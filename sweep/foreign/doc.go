// Package foreign reads runs that other programs trained and recorded: the state that
// transformers' Trainer saves, TensorBoard's event files, tables as CSV and JSON lines, as
// W&B and Optuna export them too.
//
//	imported, err := foreign.Read([]string{"outputs"}, foreign.Options{Names: "a{alpha}-lr{lr}-s{seed}"})
//
// What a run was trained with becomes the parameters here, by the names that other
// programs have for them; settings that are no parameters are kept as text. What is wrong
// comes back at once, each problem with its file and line: a file that ends too early, a run
// that lacks a parameter, two runs of equal parameters. What was left out or decided comes
// back as notes. A run has its outcome as a run trained here would have it.
//
// The package knows the vocabulary and the formats; it must not know how runs are
// kept, nor how they are judged.
package foreign
