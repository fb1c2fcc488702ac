package aggregates_test

import (
	"strings"
	"testing"

	"github.com/rising-stars/showcase/aggregates"
)

func TestReason(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		given, want string
		ok          bool
	}{
		{"voto comprado", "voto comprado", true},
		{"  año \n", "año", true},
		{strings.Repeat("ñ", aggregates.MaxReason), strings.Repeat("ñ", aggregates.MaxReason), true},
		{strings.Repeat("ñ", aggregates.MaxReason+1), "", false},
		{"", "", false},
		{"ññ", "", false},
		{"two\nlines", "", false},
		{"a nul \x00 byte", "", false},
		{"broken \xff text", "", false},
	} {
		got, ok := aggregates.Reason(c.given)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%.20q gives %.20q, %t", c.given, got, ok)
		}
	}
}
