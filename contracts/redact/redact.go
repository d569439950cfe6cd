// Package redact is a plug-in: code of somebody else that a program runs on its
// texts without having to trust it. It blacks out what looks like a card number or
// an e-mail address. It knows no chain; the program that hosts it is
// vm-runtime/examples/plugin.rs.
package redact

import "strings"

// minCardDigits is how many digits a card number has at least; the most is 19.
const (
	minCardDigits = 13
	maxCardDigits = 19
)

// Finding is what was blacked out.
type Finding struct {
	Kind string // card or mail
	At   uint32 // the byte in the text where it was
}

// Redact returns the text with what it found replaced by as many asterisks, and what
// that was.
//
//govm:view
func Redact(text string) (string, []Finding) {
	out := []byte(text)
	var findings []Finding
	for at := 0; at < len(text); {
		kind, size := match(text[at:], at == 0 || !isWord(text[at-1]))
		if size == 0 {
			at++
			continue
		}
		findings = append(findings, Finding{Kind: kind, At: uint32(at)})
		for i := range size {
			if out[at+i] != ' ' && out[at+i] != '-' {
				out[at+i] = '*'
			}
		}
		at += size
	}
	return string(out), findings
}

// match returns what text begins with, if it is at the beginning of a word.
func match(text string, wordBegins bool) (kind string, size int) {
	if !wordBegins {
		return "", 0
	}
	if size := card(text); size > 0 {
		return "card", size
	}
	if size := mail(text); size > 0 {
		return "mail", size
	}
	return "", 0
}

// card returns the size of the card number that text begins with: digits, perhaps in
// groups, with a check digit that fits.
func card(text string) int {
	var digits []byte
	size := 0
	for i := range len(text) {
		c := text[i]
		if isDigit(c) {
			digits, size = append(digits, c-'0'), i+1
		} else if c != ' ' && c != '-' || i == 0 || !isDigit(text[i-1]) {
			break
		}
	}
	if size < len(text) && isWord(text[size]) || len(digits) < minCardDigits || len(digits) > maxCardDigits || !luhn(digits) {
		return 0
	}
	return size
}

// luhn reports whether the last digit is the check digit of the others, by the
// algorithm of Luhn (ISO/IEC 7812-1, annex B).
func luhn(digits []byte) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i])
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// mail returns the size of the e-mail address that text begins with.
func mail(text string) int {
	user := span(text, "._%+-")
	if user == 0 || user == len(text) || text[user] != '@' {
		return 0
	}
	host := span(text[user+1:], ".-")
	name := strings.TrimRight(text[user+1:user+1+host], ".-") // the full stop of a sentence
	if dot := strings.LastIndexByte(name, '.'); dot < 1 || len(name)-dot < 3 {
		return 0
	}
	return user + 1 + len(name)
}

// span returns how many bytes text begins with that are letters, digits or in more.
func span(text, more string) int {
	for i := range len(text) {
		if !isWord(text[i]) && strings.IndexByte(more, text[i]) < 0 {
			return i
		}
	}
	return len(text)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isWord(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}
