package sweep

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// Input is something that a run reads, and the content that it is to have, so that a
// machine which finds it elsewhere can tell that it is the same.
type Input struct {
	// Parameter names it: model, data, data_eval, adapter or chat_template, or
	// InputOfCommand for the files of a command.
	Parameter string `json:"parameter"`
	// Name is the parameter's value in the run's Params, and "" for a command, whose files
	// are below the folder of the grid.
	Name string `json:"name"`
	// Base is the last part of Name where that is a lone file, or a pattern of the names of
	// files, and "" where it is a folder.
	Base string `json:"base,omitempty"`
	// Hash is what the run's Inputs have of it. It is "" for a command without files, and for
	// the model, data and other paths of a command, which are no part of a run's identity.
	Hash string `json:"hash"`
	// Absolute says that some files are named by absolute paths, so that they are read there
	// and nowhere else.
	Absolute bool `json:"absolute,omitempty"`
	// Files are all that is read of it, in ascending order of their names, each once. There
	// are none of what is built in, and of what a name on the Hugging Face hub stands for.
	Files []InputFile `json:"files,omitempty"`
}

// InputOfCommand is the Parameter of the files of a command.
const InputOfCommand = "command"

// Of is the hash of what a parameter leads to, or of the files of a command for
// InputOfCommand.
func (in Inputs) Of(parameter string) string {
	if parameter == InputOfCommand {
		return in.Command
	}
	q, err := LookupParameter(parameter)
	if err != nil {
		return ""
	}
	return q.ContentHash(in)
}

// InputFile is a file of an Input.
type InputFile struct {
	Name       string `json:"name"`   // below the folder that the input is, or that a lone file lies in, with slashes
	SHA256     string `json:"sha256"` // of its bytes, in hex
	Size       int64  `json:"size"`   // in bytes
	Executable bool   `json:"executable,omitempty"`
	Path       string `json:"-"` // where it is on this machine; "" where it is not
}

// Size is that of all its files, in bytes.
func (in Input) Size() (total int64) {
	for _, f := range in.Files {
		total += f.Size
	}
	return total
}

// Same reports whether two inputs have files of the same names and contents.
func (in Input) Same(other Input) bool {
	return slices.EqualFunc(in.Files, other.Files, func(a, b InputFile) bool {
		return a.Name == b.Name && a.SHA256 == b.SHA256 && a.Executable == b.Executable
	})
}

// ID is a hash of the names and the contents of the files, in hex.
func (in Input) ID() string {
	h := sha256.New()
	for _, f := range in.Files {
		fmt.Fprintf(h, "%q %s %t\n", f.Name, f.SHA256, f.Executable)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// An InputLister says which files a run reads. It reads all of them, to tell their content.
type InputLister interface {
	// InputFiles are all inputs of a run of p.
	InputFiles(p Params) ([]Input, error)
	// InputFile is the one of a parameter, as it lies now, without its Hash. It fails where
	// it is not there or not whole.
	InputFile(parameter string, p Params) (Input, error)
}
