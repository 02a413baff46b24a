package builtin

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed tiny
var files embed.FS

// Model is the Hugging Face folder of builtin:tiny: config.json,
// model.safetensors and tokenizer.json. It is false where the program was
// built without one.
func Model() (fs.FS, bool) {
	tiny, err := fs.Sub(files, "tiny")
	if err != nil {
		return nil, false
	}
	_, err = fs.Stat(tiny, "model.safetensors")
	return tiny, err == nil
}

// Data is the JSON lines of a built-in set of rows, by its name without
// "builtin:": "menus" or "slots".
func Data(name string) ([]byte, error) {
	switch name {
	case "menus":
		return jsonLines(menusExamples())
	case "slots":
		return jsonLines(slotsExamples())
	default:
		return nil, fmt.Errorf("no rows are built in as %q; there are builtin:menus and builtin:slots", name)
	}
}
