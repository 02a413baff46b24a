// Package scripts is examples of programs that train runs of a grid with a [command]
// table: PyTorch with PEFT, TRL, and what axolotl and torchtune need. The program shows the
// callback for transformers' Trainer in its help.
package scripts

import _ "embed" // for the callback

//go:embed sweep_callback.py
var callback string

// Callback is sweep_callback.py: Python that has transformers' Trainer log every step, and
// losses that are not finite as they are.
func Callback() string { return callback }
