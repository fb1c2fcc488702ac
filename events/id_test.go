package events

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestIDText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Make[ID]().Draw(t, "id")
		text := id.String()
		if len(text) != 36 || strings.ToLower(text) != text {
			t.Fatalf("String = %q", text)
		}
		for _, form := range []string{text, strings.ToUpper(text)} {
			if got, err := ParseID(form); err != nil || got != id {
				t.Fatalf("ParseID(%q) = %v, %v; want %v", form, got, err, id)
			}
		}
		other := rapid.Make[ID]().Draw(t, "other")
		if got, want := id.Compare(other), strings.Compare(text, other.String()); got != want {
			t.Fatalf("Compare(%s, %s) = %d, want %d", id, other, got, want)
		}
		if id.IsZero() != (text == "00000000-0000-0000-0000-000000000000") {
			t.Fatalf("IsZero of %s = %t", text, id.IsZero())
		}
	})
}

func TestIDRefuses(t *testing.T) {
	t.Parallel()
	const good = "0190a0b1-c2d3-74e5-86f7-000000000003"
	for _, bad := range []string{
		"", "99999", "../../etc/passwd", strings.ReplaceAll(good, "-", ""), "{" + good + "}", "urn:uuid:" + good,
		good + " ", good[:35], "g" + good[1:], strings.Replace(good, "-", "0", 1), good[:8] + "0" + good[9:35] + "-",
		strings.Repeat("-", 36), strings.Repeat("é", 18),
	} {
		id := ID{1}
		if err := id.UnmarshalText([]byte(bad)); !errors.Is(err, ErrID) || id != (ID{1}) {
			t.Errorf("UnmarshalText(%q) = %v, %v", bad, id, err)
		}
	}
}

// FuzzParseID reads any text: what is accepted has exactly one lower-case form.
func FuzzParseID(f *testing.F) {
	for _, seed := range []string{"null", "{}", "[]", "0", "", "0190a0b1-c2d3-74e5-86f7-000000000003"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if id, err := ParseID(text); err == nil && id.String() != strings.ToLower(text) {
			t.Fatalf("ParseID(%q) = %s", text, id)
		}
	})
}

func TestStreams(t *testing.T) {
	t.Parallel()
	a, b := ID{15: 1}, ID{15: 2}
	const sa, sb = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"
	for got, want := range map[string]string{
		AccountStream([]byte{0xab, 0xcd}): "account-abcd",
		VideoStream(a):                    "video-" + sa,
		BallotStream(a, b):                "ballot-" + sa + "-" + sb,
		BallotStream(b, a):                "ballot-" + sb + "-" + sa,
		ContestStream(b):                  "contest-" + sb,
		LedgerStream(b):                   "ledger-" + sb,
		OperationStream(b):                "operations-" + sb,
	} {
		if got != want {
			t.Errorf("stream %q, want %q", got, want)
		}
	}
}
