package main

import (
	"cmp"
	"strings"

	"github.com/alecthomas/kong"
)

// manual is the whole help as one page in the form that man reads: the overview,
// then every command with its arguments and flags. It is the same on every
// machine.
func manual(app *kong.Application) string {
	var page roff
	page.macro("TH", "SWEEP", "1", "", "sweep", "")
	page.macro("SH", "NAME")
	page.text(`sweep - ` + app.Help)
	page.macro("SH", "SYNOPSIS")
	page.macro("B", "sweep")
	page.text("COMMAND [arguments] [flags]")
	page.overview()
	page.macro("SH", "COMMANDS")
	page.text("Every command explains itself with --help, too.")
	for _, command := range app.Leaves(true) {
		page.command(command)
	}
	return page.String()
}

// roff is a page in the making.
type roff struct{ strings.Builder }

// overview is the first page of the help: its headings, and what stands below
// them, line by line.
func (r *roff) overview() {
	for section := range strings.SplitSeq(overview, "\n\n") {
		if heading, rest, _ := strings.Cut(section, "\n"); !strings.HasPrefix(section, " ") {
			if heading == "SWEEP" {
				heading = "DESCRIPTION"
			}
			r.macro("SH", heading)
			r.verbatim(rest)
		} else {
			r.macro("PP")
			r.verbatim(section)
		}
	}
}

// command is what its --help says.
func (r *roff) command(command *kong.Node) {
	r.macro("SS", "sweep "+command.Summary())
	r.text(command.Help)
	r.prose(command.Detail)
	for _, argument := range command.Positional {
		r.item(argument.Summary(), argument.Help)
	}
	for _, flag := range command.Flags {
		if !flag.Hidden {
			r.item(flagUsage(flag), flag.Help)
		}
	}
}

// flagUsage is a flag as it is typed, such as -o, --output=OUTPUT.
func flagUsage(flag *kong.Flag) string {
	usage := "--" + flag.Name
	if flag.Short != 0 {
		usage = "-" + string(flag.Short) + ", " + usage
	}
	if flag.IsBool() || flag.IsCounter() {
		return usage
	}
	return usage + "=" + cmp.Or(flag.PlaceHolder, strings.ToUpper(flag.Name))
}

// prose is paragraphs with an empty line between them. Lines that start with a
// space are kept as they are.
func (r *roff) prose(text string) {
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		if paragraph == "" {
			continue
		}
		r.macro("PP")
		at := strings.Index("\n"+paragraph, "\n ")
		if at < 0 {
			at = len(paragraph)
		}
		r.text(paragraph[:at])
		r.verbatim(paragraph[at:])
	}
}

// item is an argument or a flag and what it is for.
func (r *roff) item(name, help string) {
	r.macro("TP")
	r.macro("B", name)
	r.text(help)
}

// verbatim keeps lines as they are, from near the left edge, so that those of
// 79 characters fit a terminal of 80.
func (r *roff) verbatim(text string) {
	if text == "" {
		return
	}
	r.macro("in", "2n")
	r.macro("nf")
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		r.text(strings.TrimPrefix(line, "  "))
	}
	r.macro("fi")
	r.macro("in")
}

// text adds lines that man fills. Nothing in them is taken for a command, and
// what is copied from the page is ASCII where text is.
func (r *roff) text(text string) {
	if text == "" {
		return
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			r.WriteString(`\&`)
		}
		r.WriteString(asRoff.Replace(line) + "\n")
	}
}

// asRoff writes characters that man would take for something else.
var asRoff = strings.NewReplacer(`\`, `\e`, `-`, `\-`, `'`, `\(aq`, "`", `\(ga`, `^`, `\(ha`, `~`, `\(ti`, `"`, `\(dq`)

// macro adds a command of man with its arguments.
func (r *roff) macro(name string, arguments ...string) {
	r.WriteString("." + name)
	for _, argument := range arguments {
		argument = asRoff.Replace(argument)
		if argument == "" || strings.Contains(argument, " ") {
			argument = `"` + argument + `"`
		}
		r.WriteString(" " + argument)
	}
	r.WriteString("\n")
}
