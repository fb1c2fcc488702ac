package aggregates

import (
	"strings"
	"unicode/utf8"
)

// Limits of the reason for an act, in characters.
const (
	MinReason = 3
	MaxReason = 500
)

// Reason is the reason that somebody gives for an act, without the space around it, and whether it is one: a line of
// MinReason to MaxReason characters of any script.
func Reason(given string) (string, bool) {
	reason := strings.TrimSpace(given)
	n := utf8.RuneCountInString(reason)
	return reason, n >= MinReason && n <= MaxReason && Line(reason)
}
