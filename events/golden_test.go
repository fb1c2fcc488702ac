package events_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rising-stars/showcase/events"
)

var update = flag.Bool("update", false, "write golden files that do not exist yet; those that exist never change")

// everything lets cmp look into sealed values.
var everything = cmp.Exporter(func(reflect.Type) bool { return true })

func id(last byte) events.ID {
	return events.ID{0x01, 0x90, 0xa0, 0xb1, 0xc2, 0xd3, 0x74, 0xe5, 0x86, 0xf7, 15: last}
}

// sealed is a closed value with a made-up ciphertext.
func sealed[T any](t *testing.T, cipher string) events.Sealed[T] {
	t.Helper()
	b, err := json.Marshal([]byte(cipher))
	if err != nil {
		t.Fatal(err)
	}
	var s events.Sealed[T]
	if err := s.UnmarshalJSON(b); err != nil {
		t.Fatal(err)
	}
	return s
}

func object(name string) events.Object {
	return events.Object{Key: "processed/" + name, Bytes: 1234567, SHA256: "9f86d081884c7d659a2feaa0c55ad015"}
}

// facts are one of each type, as its newest schema version reads it.
func facts(t *testing.T) []events.Event {
	t.Helper()
	person := sealed[events.Person](t, "a person")
	credentials := sealed[events.Credentials](t, "credentials")
	settings := events.ContestSettings{
		Name:     "ANB Rising Stars Showcase",
		Cities:   []string{"Bogotá", "Medellín"},
		OpensAt:  time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC),
		ClosesAt: time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC),
		VoteGoal: 500, FinalistsPerCity: 5,
	}
	struck := []events.BallotsOfHour{
		{VideoID: id(2), Hour: time.Date(2026, 2, 3, 4, 0, 0, 0, time.UTC), Positions: []int64{17, 20}},
		{VideoID: id(2), Hour: time.Date(2026, 2, 3, 5, 0, 0, 0, time.UTC), Positions: []int64{31}},
	}
	return []events.Event{
		events.AccountRegistered{
			AccountID: id(1), Person: person, Credentials: credentials, City: "Bogotá", Country: "Colombia",
		},
		events.AccountProfileChanged{AccountID: id(1), Person: person, City: "Cali", Country: "Colombia"},
		events.AccountPasswordChanged{AccountID: id(1), Credentials: credentials},
		events.AccountErased{AccountID: id(1)},
		events.AccountRoleGranted{AccountID: id(1), Role: events.RoleOrganiser, Reason: "Coordinates the contest in Cali."},
		events.AccountRoleRevoked{AccountID: id(1), Role: events.RoleOrganiser, Reason: "Left the association."},
		events.VideoSubmitted{
			VideoID: id(2), OwnerID: id(1), Title: sealed[string](t, "a title"), Public: true,
			Original: object("original.mp4"), DurationMS: 30500, Width: 1920, Height: 1080,
		},
		events.VideoProcessingStarted{VideoID: id(2), Attempt: 1, Worker: "worker-1"},
		events.VideoAttemptFailed{VideoID: id(2), Attempt: 1, Code: "transcode.timeout"},
		events.VideoProcessed{
			VideoID: id(2), Attempt: 2, Pipeline: "v1", Clip: object("clip.mp4"), Preview: object("preview.mp4"),
			PosterJPEG: object("poster.jpg"), PosterWebP: object("poster.webp"), DurationMS: 30000,
			PerceptualHash: "ffee0011", CPUMS: 9876,
		},
		events.VideoRejected{
			VideoID: id(2), Attempt: 1, Code: "video.corrupt", ReasonES: "El archivo está dañado.", ReasonEN: "The file is damaged.",
		},
		events.VideoFailed{VideoID: id(2), Attempt: 5, Code: "transcode.failed"},
		events.VideoPublished{VideoID: id(2)},
		events.VideoWithdrawn{VideoID: id(2), Reason: "Not the player's own video."},
		events.VideoDeleted{VideoID: id(2)},
		events.VideoReprocessOrdered{VideoID: id(2), Reason: "The sound was missing."},
		events.BallotCast{VoterID: id(3), VideoID: id(2)},
		events.ContestCreated{ContestID: id(4), Settings: settings, File: "2c26b46b68ffc68ff99b453c1d304134"},
		events.ContestChanged{ContestID: id(4), Settings: settings, Reason: "The final is a week later."},
		events.BallotsVoided{
			ContestID: id(4), ActID: id(5), Reason: "Machine-made ballots.", Rule: "exclude:\n  - city: [Cali]\n",
			RuleSHA256: "2c26b46b68ffc68ff99b453c1d304134", UpTo: 40, Count: 3, Ballots: struck,
			Newest: []events.NewestBallot{{VideoID: id(2), Position: 12}},
		},
		events.BallotsReinstated{ContestID: id(4), ActID: id(5), Reason: "They were people.", Count: 3, Ballots: struck},
		events.QueueRedriveOrdered{ContestID: id(4), Queue: "transcode", Reason: "The disk has room again."},
	}
}

// older are facts as they are read from versions before the newest, where that is not the fact above.
var older = map[string]map[int]func(events.Event) events.Event{
	"contest.changed": {1: func(e events.Event) events.Event {
		changed, _ := e.(events.ContestChanged)
		changed.File, changed.Reason = "fcde2b2edba56bf408601fb721fe9b5c", ""
		return changed
	}},
}

func golden(typ string, schema int) string {
	return filepath.Join("testdata", fmt.Sprintf("%s.v%d.json", typ, schema))
}

// TestGoldens reads what each type and version looked like when it was first written: stored facts must stay readable,
// and be read the same, for ever.
func TestGoldens(t *testing.T) {
	t.Parallel()
	for _, fact := range facts(t) {
		t.Run(fact.EventType(), func(t *testing.T) {
			t.Parallel()
			newest := events.Schema(fact.EventType())
			if *update {
				writeMissing(t, golden(fact.EventType(), newest), fact)
			}
			for schema := 1; schema <= newest; schema++ {
				stored := compact(t, golden(fact.EventType(), schema))
				got, err := events.Unmarshal(fact.EventType(), schema, stored)
				if err != nil {
					t.Fatalf("read v%d: %v", schema, err)
				}
				want := fact
				if read := older[fact.EventType()][schema]; read != nil {
					want = read(fact)
				}
				if diff := cmp.Diff(want, got, everything); diff != "" {
					t.Errorf("v%d is read differently (-want +got):\n%s", schema, diff)
				}
			}
			typ, schema, data, err := events.Marshal(fact)
			if err != nil || typ != fact.EventType() || schema != newest {
				t.Fatalf("Marshal = %q, %d, %v", typ, schema, err)
			}
			if stored := compact(t, golden(typ, newest)); !bytes.Equal(stored, data) {
				t.Errorf("is written differently:\n got %s\nwant %s\nA changed fact is a new schema version.", data, stored)
			}
		})
	}
}

// TestGoldensAreComplete finds a type without a fact above, and a file without a type.
func TestGoldensAreComplete(t *testing.T) {
	t.Parallel()
	var named, inOrder []string
	for _, fact := range facts(t) {
		named = append(named, fact.EventType())
	}
	wanted := map[string]bool{}
	for _, typ := range events.Types() {
		inOrder = append(inOrder, typ)
		for schema := 1; schema <= events.Schema(typ); schema++ {
			wanted[golden(typ, schema)] = true
		}
	}
	sortStrings := cmp.Transformer("sorted", sorted)
	if diff := cmp.Diff(inOrder, named, sortStrings); diff != "" {
		t.Errorf("types without a golden fact (-) or facts without a type (+):\n%s", diff)
	}
	files, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !wanted[file] {
			t.Errorf("%s belongs to no type and version", file)
		}
	}
}

func writeMissing(t *testing.T, path string, fact events.Event) {
	t.Helper()
	if _, err := os.Stat(path); err == nil {
		return
	}
	data, err := json.MarshalIndent(fact, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(data, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
}

func compact(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run go test ./events -update for a new version)", err)
	}
	var b bytes.Buffer
	if err := json.Compact(&b, data); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
