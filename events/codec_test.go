package events

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

const castV1 = `{"voter_id":"0190a0b1-c2d3-74e5-86f7-000000000003","video_id":"0190a0b1-c2d3-74e5-86f7-000000000002"}`

type foreign struct{}

func (foreign) EventType() string { return "nothing.happened" }

func TestUnmarshalRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		typ    string
		schema int
		data   string
		want   error // nil: any
	}{
		"unknown type":        {"nothing.happened", 1, `{}`, ErrUnknownType},
		"schema of tomorrow":  {"ballot.cast", 2, castV1, ErrSchema},
		"schema zero":         {"ballot.cast", 0, castV1, ErrSchema},
		"negative schema":     {"ballot.cast", -1, castV1, ErrSchema},
		"null":                {"ballot.cast", 1, `null`, errNotObject},
		"nothing":             {"ballot.cast", 1, ``, errNotObject},
		"blanks":              {"ballot.cast", 1, " \n", errNotObject},
		"list":                {"ballot.cast", 1, `[]`, nil},
		"number":              {"ballot.cast", 1, `0`, nil},
		"unknown field":       {"ballot.cast", 1, `{"weight":2}`, nil},
		"wrong type":          {"ballot.cast", 1, `{"voter_id":7}`, nil},
		"not an id":           {"ballot.cast", 1, `{"voter_id":"7"}`, ErrID},
		"second value":        {"ballot.cast", 1, castV1 + `{}`, errTrailing},
		"rubbish behind":      {"ballot.cast", 1, castV1 + `x`, errTrailing},
		"cut":                 {"ballot.cast", 1, castV1[:40], nil},
		"empty personal":      {"video.submitted", 1, `{"title":""}`, ErrNotSealed},
		"null personal":       {"video.submitted", 1, `{"title":null}`, ErrNotSealed},
		"personal not base64": {"video.submitted", 1, `{"title":"*"}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := Unmarshal(c.typ, c.schema, []byte(c.data))
			bad, ok := errors.AsType[*DecodeError](err)
			if !ok || e != nil {
				t.Fatalf("Unmarshal = %v, %v; want a DecodeError", e, err)
			}
			if bad.Type != c.typ || bad.Schema != c.schema || !strings.Contains(bad.Error(), c.typ) {
				t.Errorf("error %q does not name %s v%d", bad, c.typ, c.schema)
			}
			if c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
		})
	}
}

func TestMarshalRefuses(t *testing.T) {
	t.Parallel()
	if _, _, _, err := Marshal(foreign{}); !errors.Is(err, ErrUnknownType) {
		t.Errorf("unknown type: %v", err)
	}
	open := VideoSubmitted{Title: Open("plain")}
	if _, _, data, err := Marshal(open); !errors.Is(err, ErrNotSealed) || data != nil {
		t.Errorf("open personal value: %s, %v", data, err)
	}
}

func TestSchemaAndTypes(t *testing.T) {
	t.Parallel()
	if got := Schema("nothing.happened"); got != 0 {
		t.Errorf("Schema of an unknown type = %d", got)
	}
	types := Types()
	if len(types) != len(registry) || !slices.IsSorted(types) {
		t.Errorf("Types = %q", types)
	}
	for _, typ := range types {
		if Schema(typ) < 1 {
			t.Errorf("Schema(%s) = %d", typ, Schema(typ))
		}
	}
}

// TestUpcasters reads an old version through every step after it, and only those.
func TestUpcasters(t *testing.T) {
	t.Parallel()
	errBroken := errors.New("broken")
	k := kind{decode: decode[BallotCast], upcasters: []Upcaster{
		func(data []byte) ([]byte, error) { // v1 called the voter somebody
			if !bytes.Contains(data, []byte("somebody")) {
				return nil, errBroken
			}
			return bytes.ReplaceAll(data, []byte("somebody"), []byte("voter")), nil
		},
		func(data []byte) ([]byte, error) { // v2 had no ids
			return bytes.ReplaceAll(data, []byte(`"voter"`), []byte(`"voter_id"`)), nil
		},
	}}
	if k.schema() != 3 {
		t.Fatalf("schema = %d", k.schema())
	}
	voter := ID{15: 1}
	for schema, data := range map[int]string{
		1: `{"somebody":"` + voter.String() + `"}`,
		2: `{"voter":"` + voter.String() + `"}`,
		3: `{"voter_id":"` + voter.String() + `"}`,
	} {
		e, err := k.read(schema, []byte(data))
		if err != nil || e != (BallotCast{VoterID: voter}) {
			t.Errorf("v%d: %v, %v", schema, e, err)
		}
	}
	if _, err := k.read(1, []byte(`{}`)); !errors.Is(err, errBroken) {
		t.Errorf("broken upcaster: %v", err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]Raw{
		"data":             {Type: "ballot.cast", Schema: 1, Data: []byte(`[]`), Meta: []byte(`{}`)},
		"no metadata":      {Type: "ballot.cast", Schema: 1, Data: []byte(castV1), Meta: []byte(`null`)},
		"unknown metadata": {Type: "ballot.cast", Schema: 1, Data: []byte(castV1), Meta: []byte(`{"e-mail":"x"}`)},
	} {
		got, err := r.Decode()
		if _, ok := errors.AsType[*DecodeError](err); !ok || got != (Recorded{}) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
