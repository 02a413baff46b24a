package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestTheFilesThatCONTRIBUTINGNamesAreThere keeps the tour of the house true.
func TestTheFilesThatCONTRIBUTINGNamesAreThere(t *testing.T) {
	const root = "../.."
	text, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:cmd|sweep|trainer|store|plots|experiments|\\.ci|\\.golangci)[a-z_./]*)`").FindAllStringSubmatch(string(text), -1)
	if len(named) < 20 {
		t.Fatalf("only %d files are named", len(named))
	}
	for _, match := range named {
		if _, err := os.Stat(filepath.Join(root, match[1])); err != nil {
			t.Errorf("%s is not there", match[1])
		}
	}
}
