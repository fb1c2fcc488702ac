// Package cityname tells whether two spellings of a city are the same city, without regard to case or accents.
package cityname

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Key is what all spellings of a city have in common: decomposed, without combining marks, in lower case, with single
// spaces. The empty key stands for all cities.
func Key(city string) string {
	var b strings.Builder
	space := false
	for _, r := range norm.NFKD.String(city) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsSpace(r):
			space = b.Len() > 0
		default:
			if space {
				b.WriteByte(' ')
				space = false
			}
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}
