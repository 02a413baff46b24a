package main

import (
	"strings"
	"testing"
)

// TestTheManualPageHoldsEveryCommandAndFlag compares it with the help that each
// command prints.
func TestTheManualPageHoldsEveryCommandAndFlag(t *testing.T) {
	parser, err := newParser(t.Context(), streams{}, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	page := manual(parser.Model)
	written := func(text string) bool { return strings.Contains(page, asRoff.Replace(text)) }
	for _, command := range parser.Model.Leaves(true) {
		_, section, found := strings.Cut(page, `.SS "sweep `+asRoff.Replace(command.Summary())+`"`)
		if !found {
			t.Errorf("the page has no section for %s", command.FullPath())
			continue
		}
		section, _, _ = strings.Cut(section, "\n.SS ")
		for _, flag := range command.Flags {
			if !strings.Contains(section, asRoff.Replace("--"+flag.Name)) || !strings.Contains(section, asRoff.Replace(flag.Help)) {
				t.Errorf("the section of %s does not explain --%s", command.FullPath(), flag.Name)
			}
		}
		for line := range strings.Lines(command.Detail) {
			if !written(strings.TrimSpace(line)) {
				t.Errorf("the section of %s lacks the line %q", command.FullPath(), line)
			}
		}
	}
	for line := range strings.Lines(overview) {
		if line != "SWEEP\n" && !written(strings.TrimSpace(line)) {
			t.Errorf("the page lacks the line %q of the overview", line)
		}
	}
}

func TestWhatManWouldTakeForItsOwnIsWrittenAsText(t *testing.T) {
	var page roff
	page.text(".hidden 'a' \\ b-c\n'quoted'")
	want := "\\&.hidden \\(aqa\\(aq \\e b\\-c\n\\&\\(aqquoted\\(aq\n"
	if page.String() != want {
		t.Errorf("%q, want %q", page.String(), want)
	}
}
