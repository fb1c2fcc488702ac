package events_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rising-stars/showcase/events"
)

func sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}

// anySealed makes closed values with any ciphertext.
func anySealed[T any]() *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		b, err := json.Marshal(rapid.SliceOfN(rapid.Byte(), 1, 60).Draw(t, "cipher"))
		if err != nil {
			t.Fatal(err)
		}
		var s events.Sealed[T]
		if err := s.UnmarshalJSON(b); err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func anyTime() *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		return time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(t, "time")).UTC()
	})
}

var generators = rapid.MakeConfig{Types: map[reflect.Type]*rapid.Generator[any]{
	reflect.TypeFor[time.Time]():                         anyTime(),
	reflect.TypeFor[events.Sealed[string]]():             anySealed[string](),
	reflect.TypeFor[events.Sealed[events.Person]]():      anySealed[events.Person](),
	reflect.TypeFor[events.Sealed[events.Credentials]](): anySealed[events.Credentials](),
}}

func anyOf[E events.Event]() *rapid.Generator[events.Event] {
	return rapid.Map(rapid.MakeCustom[E](generators), func(e E) events.Event { return e })
}

// anyFact makes any fact of the vocabulary.
func anyFact() *rapid.Generator[events.Event] {
	return rapid.OneOf(
		anyOf[events.AccountRegistered](), anyOf[events.AccountProfileChanged](), anyOf[events.AccountPasswordChanged](),
		anyOf[events.AccountErased](), anyOf[events.VideoSubmitted](), anyOf[events.VideoProcessingStarted](),
		anyOf[events.VideoAttemptFailed](), anyOf[events.VideoProcessed](), anyOf[events.VideoRejected](),
		anyOf[events.VideoFailed](), anyOf[events.VideoPublished](), anyOf[events.VideoWithdrawn](),
		anyOf[events.VideoDeleted](), anyOf[events.BallotCast](), anyOf[events.ContestCreated](),
		anyOf[events.ContestChanged](), anyOf[events.BallotsVoided](), anyOf[events.BallotsReinstated](),
		anyOf[events.AccountRoleGranted](), anyOf[events.AccountRoleRevoked](), anyOf[events.VideoReprocessOrdered](),
		anyOf[events.QueueRedriveOrdered](),
	)
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := events.Recorded{
			Position: rapid.Int64Min(1).Draw(t, "position"), Stream: "s", Version: 1,
			Event:      anyFact().Draw(t, "fact"),
			Meta:       rapid.Make[events.Metadata]().Draw(t, "metadata"),
			RecordedAt: time.UnixMicro(1_700_000_000_000_000).UTC(),
		}
		typ, schema, data, err := events.Marshal(want.Event)
		if err != nil {
			t.Fatal(err)
		}
		meta, err := json.Marshal(want.Meta)
		if err != nil {
			t.Fatal(err)
		}
		got, err := events.Raw{
			Position: want.Position, Stream: want.Stream, Version: want.Version, Type: typ, Schema: schema, Data: data, Meta: meta,
			RecordedAt: want.RecordedAt.In(time.FixedZone("elsewhere", 3600)),
		}.Decode()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, everything); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// FuzzUnmarshal feeds stored data of any shape to every type: it is refused, or it is a fact that is written and read
// again as the same fact.
func FuzzUnmarshal(f *testing.F) {
	for _, seed := range []string{`null`, `{}`, `[]`, `0`, ``, ` `, `""`, `{"video_id":null}`, `{}{}`, `{"a":1}`, "\xff"} {
		for _, typ := range events.Types() {
			f.Add(typ, 1, []byte(seed))
		}
	}
	f.Add("ballot.cast", 1, []byte(`{"voter_id":"0190a0b1-c2d3-74e5-86f7-000000000003","video_id":"0190a0b1-c2d3-74e5-86f7-000000000002"}`))
	f.Add("video.submitted", 1, []byte(`{"title":"YQ==","duration_ms":1e3}`))
	f.Add("ballot.cast", 2, []byte(`{}`))
	f.Add("nothing.happened", 1, []byte(`{}`))
	f.Fuzz(func(t *testing.T, typ string, schema int, data []byte) {
		first, err := events.Unmarshal(typ, schema, data)
		if err != nil {
			if _, ok := errors.AsType[*events.DecodeError](err); !ok {
				t.Fatalf("error is not a DecodeError: %v", err)
			}
			return
		}
		typ, schema, again, err := events.Marshal(first)
		if errors.Is(err, events.ErrNotSealed) {
			return // a personal value was missing
		}
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		second, err := events.Unmarshal(typ, schema, again)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if diff := cmp.Diff(first, second, everything); diff != "" {
			t.Fatalf("(-first +second):\n%s", diff)
		}
	})
}
