package aggregates

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line reports whether s may stand where others read it: UTF-8 of any script that shows something, on one line, and
// without the marks that turn the text around it, too (UAX #9, sections 2.1 to 2.5). How long it may be is the caller's rule.
func Line(s string) bool {
	return utf8.ValidString(s) && strings.ContainsFunc(s, shows) && !strings.ContainsFunc(s, breaks)
}

// shows reports whether a character can be seen by itself.
func shows(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

// breaks reports whether a character ends a line, changes the direction of what follows, or is none.
func breaks(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}
