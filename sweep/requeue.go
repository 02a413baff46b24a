package sweep

import "errors"

// ErrRequeue says that a run was given up before its end, and is to go on later: its
// program asked for that, say. It is no failure.
var ErrRequeue = errors.New("it is to go on later")

// ErrOutOfMemory says that a run failed as the memory of the machine, or of a GPU, did
// not suffice. It fails in the same way when nothing is changed.
var ErrOutOfMemory = errors.New("out of memory")
