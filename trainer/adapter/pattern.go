package adapter

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dlclark/regexp2"
)

// maxMatch is far above the time in which an expression that people write is compared
// with a module's name. It stops those that take exponential time.
const maxMatch = time.Second

// expression compiles a regular expression as Python's re would, wrapped into another
// by a format. What Python and the library read differently is refused.
func expression(text, format string) (*regexp2.Regexp, error) {
	if err := checkPython(text); err != nil {
		return nil, fmt.Errorf("the regular expression %q %w", text, err)
	}
	re, err := regexp2.Compile(fmt.Sprintf(format, text), regexp2.RE2) // which has (?P<name>...)
	if err != nil {
		return nil, fmt.Errorf("the regular expression %q cannot be read: %w", text, err)
	}
	re.MatchTimeout = maxMatch
	return re, nil
}

// What the wrapped expression has to match of a module's name.
const (
	wholeName = `\A(?:%s)\z`          // re.fullmatch
	endOfName = `\A(?:.*\.)?(?:%s)\z` // PEFT's get_pattern_key
	layerName = `\A(?:.*?\.)?(?:%s)\.(?P<` + layerGroup + `>\d+)\.`

	layerGroup = "idx"
)

// checkPython refuses what Python's re does not have, and what it has in another
// meaning. Flags, back references and conditions are refused too: no name of a module
// needs them.
func checkPython(text string) error {
	inClass := false
	for i := 0; i < len(text); i++ {
		rest := text[i:]
		switch {
		case rest[0] == '\\':
			if i++; i == len(text) {
				return errors.New(`ends in a \`)
			}
			if letter := text[i]; isWordByte(letter) && !strings.ContainsRune("AZbBdDsSwWfnrtvx", rune(letter)) {
				return fmt.Errorf(`has \%c, which is not read here`, letter)
			}
		case inClass && (strings.HasPrefix(rest, "-[") || strings.HasPrefix(rest, "[:")):
			return fmt.Errorf("has %q within [...], which programs read differently; write \\[", rest[:2])
		case inClass:
			inClass = rest[0] != ']'
		case strings.HasPrefix(rest, "{,"):
			return errors.New(`has "{,", which programs read differently; write {0,`)
		case rest[0] == '[':
			inClass = true
			if i+1 < len(text) && text[i+1] == '^' {
				i++
			}
			if i+1 < len(text) && text[i+1] == ']' { // which stands for itself there
				i++
			}
		case strings.HasPrefix(rest, "(?") && !hasAnyPrefix(rest[2:], ":", "=", "!", "<=", "<!", "P<"):
			return fmt.Errorf("has %q, which is not read here", rest[:min(len(rest), 4)])
		}
	}
	return nil
}

func isWordByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func hasAnyPrefix(text string, prefixes ...string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}

// matches reports whether an expression matches a name.
func matches(re *regexp2.Regexp, name string) (bool, error) {
	ok, err := re.MatchString(name)
	if err != nil {
		return false, fmt.Errorf("the regular expression %q takes too long on %s: %w", re.String(), name, err)
	}
	return ok, nil
}

// endsIn reports whether a name is another, or ends in it after a dot.
func endsIn(name, end string) bool { return name == end || strings.HasSuffix(name, "."+end) }
