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
// "builtin:". The one set there is, is "menus".
func Data(name string) ([]byte, error) {
	if name != "menus" {
		return nil, fmt.Errorf("no rows are built in as %q; there is builtin:menus", name)
	}
	return jsonLines(menusExamples())
}
