package sweep

// Input is something that a run reads, and the content that it is to have, so that a
// machine which finds it elsewhere can tell that it is the same.
type Input struct {
	// Parameter names it: model, data, data_eval, adapter or chat_template, or
	// InputOfCommand for the files of a command.
	Parameter string `json:"parameter"`
	// Name is the parameter's value in the run's Params, and "" for a command, whose files
	// are below the folder of the grid.
	Name string `json:"name"`
	// Hash is what the run's Inputs have of it. It is "" for a command without files.
	Hash string `json:"hash"`
	// Files are all that is read of it, in ascending order of their names, each once. There
	// are none of what is built in, and of what a name on the Hugging Face hub stands for.
	Files []InputFile `json:"files,omitempty"`
}

// InputOfCommand is the Parameter of the files of a command.
const InputOfCommand = "command"

// InputFile is a file of an Input.
type InputFile struct {
	Name       string `json:"name"`   // below the folder that the input is, with slashes; the base name of a lone file
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

// An InputLister says which files a run reads. It reads all of them, to tell their content.
type InputLister interface {
	InputFiles(Params) ([]Input, error)
}
