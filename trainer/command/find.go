package command

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"sweep/sweep"
)

// find returns the absolute path of the program that a command line begins with: of one with a slash in its name relative
// to the command's folder, of any other by PATH.
func find(c *sweep.Command, words []string) (string, error) {
	if len(words) == 0 || words[0] == "" {
		return "", fmt.Errorf("run = %q names no program", c.Run)
	}
	program := words[0]
	name := program
	if strings.ContainsRune(filepath.ToSlash(program), '/') {
		name = inDir(c, program)
	}
	path, err := exec.LookPath(name)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return "", fmt.Errorf("run = [%q, ...]: there is no such program: %w; name one on PATH, or one with a slash, such as \"./train.sh\", relative to %s", program, err, c.Dir)
	}
	return path, nil
}
