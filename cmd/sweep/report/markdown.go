package report

import (
	"net/url"
	"regexp"
	"strings"

	"sweep/sweep"
)

// What Markdown would not take for mere text.
var (
	// HTML, entities, links and their definitions, emphasis, code and the border
	// of a table's cell.
	markdownSyntax = regexp.MustCompile("<[A-Za-z/!?]|&[#A-Za-z]|\\][(\\[:]|[\\\\`*|]")
	// The same within the text of a link, which a bracket would end.
	markdownLabel = regexp.MustCompile(`[\[\]]|` + markdownSyntax.String())
	// An underscore that is not within a word.
	markdownRule = regexp.MustCompile(`(^|[^\pL\pN_])_+|_+($|[^\pL\pN_])`)
)

// markdown is a text of any origin as one line of Markdown, in a paragraph, a
// list, a heading or a table.
func markdown(text string) string { return markdownText(text, markdownSyntax) }

func markdownText(text string, syntax *regexp.Regexp) string {
	text = syntax.ReplaceAllStringFunc(sweep.OneLine(text), func(s string) string { return `\` + s })
	text = strings.ReplaceAll(text, "~~", `\~\~`)
	return markdownRule.ReplaceAllStringFunc(text, func(s string) string { return strings.ReplaceAll(s, "_", `\_`) })
}

// markdownCode is a text as code within a line. A '|' is escaped, since it would
// end a cell of a table even within code.
func markdownCode(text string) string {
	text = sweep.OneLine(text)
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if len(fence) > 1 {
		text = " " + text + " "
	}
	return fence + strings.ReplaceAll(text, "|", `\|`) + fence
}

// markdownBlock is a text of several lines as a block of code in a language.
func markdownBlock(language, text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + language + "\n" + sweep.Visible(text) + "\n" + fence
}

// markdownImage shows a file that lies beside the page.
func markdownImage(shows, file string) string {
	return "![" + markdownText(shows, markdownLabel) + "](" + (&url.URL{Path: file}).EscapedPath() + ")"
}
