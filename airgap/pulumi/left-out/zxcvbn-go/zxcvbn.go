// Package zxcvbn estimates how hard a password is to guess.
package zxcvbn

import (
	"math"
	"strings"
	"unicode"
)

// The letters, digits and other characters that a guess has to try, as far as a password has one of them.
var alphabets = []struct {
	size     int
	contains func(rune) bool
}{
	{26, unicode.IsLower},
	{26, unicode.IsUpper},
	{10, unicode.IsDigit},
	{33, func(char rune) bool { return !unicode.IsLetter(char) && !unicode.IsDigit(char) }},
}

// Strength of a password.
type Strength struct {
	// In bits.
	Entropy float64
}

// PasswordStrength counts all passwords of the same length and alphabets. It knows no words, which are easier
// to guess than that.
func PasswordStrength(password string, _ []string) Strength {
	size := 0
	for _, alphabet := range alphabets {
		if strings.ContainsFunc(password, alphabet.contains) {
			size += alphabet.size
		}
	}
	return Strength{Entropy: float64(len(password)) * math.Log2(float64(max(size, 1)))}
}
