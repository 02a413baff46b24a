package serve

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	// imported is a line of a module that names what it takes from another.
	imported = regexp.MustCompile(`(?m)^import (\{[^}]*\}) from "\./([\w.]+)";$`)
	// exported is what a module gives to others.
	exported = regexp.MustCompile(`(?m)^export ((?:async )?(?:function|class|const|let) (\w+))`)
)

// bundle is a module with all that it imports, as one script: a browser loads no modules
// from files.
func bundle(name string) (string, error) {
	var b strings.Builder
	b.WriteString("(() => {\n\"use strict\";\nconst modules = {};\n")
	var done, doing []string
	var add func(name string) error
	add = func(name string) error {
		if slices.Contains(done, name) {
			return nil
		}
		if slices.Contains(doing, name) {
			return fmt.Errorf("module %s imports itself", name)
		}
		doing = append(doing, name)
		text, err := assets.ReadFile("assets/" + name)
		if err != nil {
			return err
		}
		for _, match := range imported.FindAllStringSubmatch(string(text), -1) {
			if err := add(match[2]); err != nil {
				return err
			}
		}
		var names []string
		for _, match := range exported.FindAllStringSubmatch(string(text), -1) {
			names = append(names, match[2])
		}
		code := imported.ReplaceAllString(string(text), `const $1 = modules["$2"];`)
		code = exported.ReplaceAllString(code, "$1")
		fmt.Fprintf(&b, "modules[%q] = (() => {\n%s\nreturn { %s };\n})();\n", name, code, strings.Join(names, ", "))
		done = append(done, name)
		return nil
	}
	if err := add(name); err != nil {
		return "", err
	}
	b.WriteString("})();\n")
	return b.String(), nil
}
