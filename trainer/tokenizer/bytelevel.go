package tokenizer

// byteLetters is the byte-level alphabet of GPT-2: printable Latin-1 bytes stand
// for themselves, the others for the code points from 256 on.
func byteLetters() [256]rune {
	var letters [256]rune
	next := rune(256)
	for c := range letters {
		printable := c >= '!' && c <= '~' || c >= 0xa1 && c <= 0xac || c >= 0xae
		if printable {
			letters[c] = rune(c)
		} else {
			letters[c] = next
			next++
		}
	}
	return letters
}

// letterByte is the inverse of byteLetters.
func letterByte(r rune) (c byte, ok bool) {
	switch {
	case r >= '!' && r <= '~', r >= 0xa1 && r <= 0xac, r >= 0xae && r <= 0xff:
		return byte(r), true
	case r >= 256 && r < 256+33: // the bytes up to the space
		return byte(r - 256), true
	case r >= 256+33 && r < 256+33+34: // delete to no-break space
		return byte(r - 256 - 33 + 0x7f), true
	case r == 256+67: // soft hyphen
		return 0xad, true
	}
	return 0, false
}

// tokenBytes returns the bytes that a token of the byte-level alphabet stands
// for. A token with a letter outside it stands for itself.
func tokenBytes(token string) string {
	b := make([]byte, 0, len(token))
	for _, r := range token {
		c, ok := letterByte(r)
		if !ok {
			return token
		}
		b = append(b, c)
	}
	return string(b)
}

// letters writes bytes in the byte-level alphabet.
func letters(token string) string {
	alphabet := byteLetters()
	b := make([]rune, len(token))
	for i := range len(token) {
		b[i] = alphabet[token[i]]
	}
	return string(b)
}
