package hub

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sweep/sweep"
)

// Hint adds to the error about a path that is not there how a repository on the hub is
// named, if the path looks like one. Paths of a grid are relative to its folder, so that
// only the last two parts count.
func Hint(err error, path string, use Use) error {
	_, errFolder := os.Stat(filepath.Dir(path))
	if !errors.Is(err, fs.ErrNotExist) || !errors.Is(errFolder, fs.ErrNotExist) || isFile(path) {
		return err
	}
	h := sweep.HubName{DataSet: use == Rows, Owner: filepath.Base(filepath.Dir(path)), Name: filepath.Base(path)}
	if _, none := sweep.ParseHubName(h.String()); none != nil {
		return err
	}
	return fmt.Errorf("%w; if it is a repository on the Hugging Face hub, write %q", err, h.String())
}

// isFile reports whether a path ends as that of a file with a model or rows.
func isFile(path string) bool {
	return slices.Contains([]string{".gguf", ".safetensors", ".json", ".jsonl", ".gz", ".csv", ".parquet", ".txt"}, strings.ToLower(filepath.Ext(path)))
}
