package export

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
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

// TestEverySealedValueIsCutOut holds the list of names to the facts themselves.
func TestEverySealedValueIsCutOut(t *testing.T) {
	t.Parallel()
	goldens, err := filepath.Glob("../../events/testdata/*.json")
	if err != nil || len(goldens) < len(events.Types()) {
		t.Fatalf("%d goldens, %v", len(goldens), err)
	}
	found := map[string]bool{}
	for _, path := range goldens {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		base := strings.TrimSuffix(filepath.Base(path), ".json")
		dot := strings.LastIndex(base, ".v")
		schema, err := strconv.Atoi(base[dot+2:])
		if err != nil {
			t.Fatal(err)
		}
		one, err := events.Raw{Type: base[:dot], Schema: schema, Data: data, Meta: []byte(`{}`)}.Decode()
		if err != nil {
			t.Fatal(err)
		}
		for field := range reflect.TypeOf(one.Event).Fields() {
			if strings.HasPrefix(field.Type.Name(), "Sealed[") {
				found[`"`+field.Tag.Get("json")+`": "`] = true
			}
		}
	}
	cut := map[string]bool{}
	for _, name := range sealed {
		cut[string(name)] = true
	}
	if diff := cmp.Diff(found, cut); diff != "" {
		t.Errorf("(-in facts +cut):\n%s", diff)
	}
}

func parsed(t *testing.T, data []byte) (fields map[string]any) {
	t.Helper()
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return fields
}
