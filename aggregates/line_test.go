package aggregates_test

import (
	"testing"

	"github.com/rising-stars/showcase/aggregates"
)

func TestLine(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"a", "7", "!", "Ñandú", "محمد", "עדי\u200f", "می\u200cخواهم", "李小龍", "क्षमा", "👩‍👩‍👧‍👦", "🏴\U000e0067\U000e0062\U000e007f", "a\u200bb", "\ufeffAna",
	} {
		if !aggregates.Line(good) {
			t.Errorf("%q is refused", good)
		}
	}
	for name, bad := range map[string]string{
		"nothing": "", "spaces": " \u00a0\u3000", "zero width": "\u200b\u200d\ufeff", "marks alone": "\u0301", "fillers": "\u3164\u115f",
		"right-to-left mark alone": "\u200f", "override": "\u202eAna", "embedding": "Ana\u202b", "isolate": "Ana\u2067", "line": "a\nb", "line separator": "a\u2028b",
		"paragraph separator": "a\u2029b", "NUL": "a\x00b", "C1": "a\u0085b", "not UTF-8": "a\xff",
	} {
		if aggregates.Line(bad) {
			t.Errorf("%s: %q is taken", name, bad)
		}
	}
}
