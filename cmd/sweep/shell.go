package main

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// commandLine is a command as a person types it: words, quoted so that a shell
// reads them as they are.
func commandLine(words ...string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = shellWord(word)
	}
	return strings.Join(quoted, " ")
}

// plainWord needs no quotes in any shell.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:%@+-][A-Za-z0-9_./:%@+=,-]*$`)

// shellWord quotes a word for a shell, where it needs that. Only a word with
// characters that cannot be seen is quoted as $'...', which bash, zsh and ksh read.
func shellWord(word string) string {
	switch {
	case plainWord.MatchString(word):
		return word
	case strings.IndexFunc(word, func(r rune) bool { return !unicode.IsGraphic(r) }) < 0:
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	var b strings.Builder
	for _, c := range []byte(word) {
		switch {
		case c == '\'' || c == '\\':
			b.WriteString(`\` + string(rune(c)))
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	return "$'" + b.String() + "'"
}

// operand is a path, written so that it is not taken for a flag.
func operand(path string) string {
	if strings.HasPrefix(path, "-") {
		return "./" + path
	}
	return path
}

// onStore adds --db to the words of a command, unless it is about the default
// store.
func onStore(db storeName, words ...string) []string {
	if db != "" && db != defaultStore {
		words = append(words, "--db", operand(db.String()))
	}
	return words
}

// defaultStore is the store of a command that names none.
const defaultStore = "sweep.db"
