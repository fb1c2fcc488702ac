package export

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rising-stars/showcase/events"
)

func TestAppendTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(t, "time")).In(time.FixedZone("elsewhere", -5*3600))
		if got, want := string(appendTime(nil, at)), at.UTC().Format("2006-01-02T15:04:05.000000Z07:00"); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	})
}

// TestWithout cuts sealed values wherever they stand: what is left is what reading and writing the whole leaves.
func TestWithout(t *testing.T) {
	t.Parallel()
	for _, data := range []string{
		`{"city": "Cali", "person": "AQID", "country": "CO", "account_id": "x", "credentials": "BAU="}`,
		`{"person": "AQID", "credentials": "BAU="}`,
		`{"person": "AQID", "city": "a, \"person\": \"b\" {title}"}`,
		`{"title": "AQID", "width": 7, "original": {"key": "title"}}`,
		`{"width": 7, "title": "AQID"}`,
	} {
		want, err := replaced([]byte(data), events.VideoPublished{})
		if err != nil {
			t.Fatal(err)
		}
		got, ok := without([]byte(data))
		if diff := cmp.Diff(parsed(t, want), parsed(t, got)); !ok || diff != "" {
			t.Errorf("%s: %s, %t (-want +got):\n%s", data, got, ok, diff)
		}
	}
	for _, data := range []string{`{"person":"AQID"}`, `{"city": "Cali"}`, `{"title": "AQ`} {
		if got, ok := without([]byte(data)); ok {
			t.Errorf("%s: %s", data, got)
		}
	}
}

func parsed(t *testing.T, data []byte) (fields map[string]any) {
	t.Helper()
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return fields
}
