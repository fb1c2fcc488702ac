package events

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const (
	registeredV1 = `{"city": "Bogotá", "person": "AQID", "country": "CO", "account_id": "0190A0B1-c2d3-74e5-86f7-000000000003", "credentials": "BAU="}`
	metadata     = `{"actor": "0190a0b1-c2d3-74e5-86f7-000000000001", "address": "9e66f454f94d81e2", "causation": "0190a0b1-c2d3-74e5-86f7-000000000004",
		"correlation": "0190a0b1-c2d3-74e5-86f7-000000000005", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}`
)

// asPrinted is JSON as PostgreSQL prints it: a blank behind each colon and comma.
func asPrinted(data string) string {
	return strings.NewReplacer(`":"`, `": "`, `","`, `", "`).Replace(data)
}

// differs says how reading by hand differs from reading strictly; it may read less, but nothing else.
func differs(data []byte) string {
	for typ, k := range registry {
		if k.quick == nil {
			continue
		}
		got, ok := k.quick(data)
		if want, err := k.decode(data); ok && (err != nil || !reflect.DeepEqual(got, want)) {
			return typ + " is read from " + string(data)
		}
	}
	got, ok := quickMetadata(data)
	var want Metadata
	if err := strictUnmarshal(data, &want); ok && (err != nil || got != want) {
		return "metadata are read from " + string(data)
	}
	return differsOpen[Person](data) + differsOpen[Credentials](data)
}

func differsOpen[T comparable](data []byte) string {
	var got, want T
	ok := quickOpen(data, &got)
	if err := strictUnmarshal(data, &want); ok && (err != nil || got != want) {
		return "a personal value is read from " + string(data)
	}
	return ""
}

func TestQuickReadsTheUsualForm(t *testing.T) {
	t.Parallel()
	for typ, data := range map[string]string{"ballot.cast": castV1, "account.registered": registeredV1} {
		for _, form := range []string{data, asPrinted(data), " " + data + "\r\n"} {
			got, ok := registry[typ].quick([]byte(form))
			want, err := registry[typ].decode([]byte(form))
			if !ok || err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %v, %t; want %v, %v", form, got, ok, want, err)
			}
		}
	}
	if m, ok := quickMetadata([]byte(metadata)); !ok || m.Actor.IsZero() || m.AddressDigest == "" || m.CausationID.IsZero() ||
		m.CorrelationID.IsZero() || m.Traceparent == "" {
		t.Errorf("metadata: %v, %t", m, ok)
	}
	var p Person
	if ok := quickOpen([]byte(`{"first_name":"José","last_name":"Núñez"}`), &p); !ok || p != (Person{"José", "Núñez"}) {
		t.Errorf("person: %v, %t", p, ok)
	}
	var c Credentials
	if ok := quickOpen([]byte(`{"email":"a@example.org","password_hash":"$argon2id$x"}`), &c); !ok || c != (Credentials{"a@example.org", "$argon2id$x"}) {
		t.Errorf("credentials: %v, %t", c, ok)
	}
}

// TestQuickLeavesTheRest cuts and changes what is read by hand in every place: whatever is still read is read alike.
func TestQuickLeavesTheRest(t *testing.T) {
	t.Parallel()
	for _, data := range []string{castV1, registeredV1, metadata, `{"first_name": "A"}`, `{"email": "A"}`, `{}`} {
		for i := range len(data) {
			for _, c := range []string{"", "\"", "\\", "}", "{", ",", ":", " ", "x", "\x00", "\xff", "null", "a\\u00e1"} {
				for _, changed := range []string{data[:i] + c + data[i:], data[:i] + c + data[i+1:], data[:i] + c} {
					if d := differs([]byte(changed)); d != "" {
						t.Fatal(d)
					}
				}
			}
		}
	}
}

func TestQuickIsStrict(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := []string{
			"voter_id", "video_id", "account_id", "person", "credentials", "city", "country", "actor", "address", "email",
			"first_name", "last_name", "password_hash", "Voter_ID", "", "weight",
		}
		values := []any{"0190a0b1-c2d3-74e5-86f7-000000000003", "AQID", "", "Bogotá", "a<b", nil, 7, true, []string{}, map[string]string{}}
		var b strings.Builder
		for i, name := range rapid.SliceOfN(rapid.SampledFrom(names), 0, 6).Draw(t, "names") {
			value, err := json.Marshal(rapid.SampledFrom(values).Draw(t, "value"))
			if err != nil {
				t.Fatal(err)
			}
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(`"` + name + `": ` + string(value))
		}
		if d := differs([]byte("{" + b.String() + "}")); d != "" {
			t.Fatal(d)
		}
	})
}

// FuzzQuick feeds any bytes to what is read by hand.
func FuzzQuick(f *testing.F) {
	for _, seed := range []string{castV1, registeredV1, metadata, `null`, `{}`, `[]`, `0`, ``, `{"city":"\u00e1"}`, `{"city":"` + "\xff" + `"}`, `{}{}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if d := differs(data); d != "" {
			t.Fatal(d)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	for name, raw := range map[string]Raw{
		"ballot":  {Type: "ballot.cast", Schema: 1, Data: []byte(asPrinted(castV1)), Meta: []byte(metadata)},
		"sign-up": {Type: "account.registered", Schema: 1, Data: []byte(registeredV1), Meta: []byte(`{}`)},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := raw.Decode(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
