package bus

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rising-stars/showcase/events"
)

// through sends a message through the codec, as SQS would hand it over on its nth receive.
func through(t interface{ Fatal(...any) }, msg *message.Message, receives int) *message.Message {
	out, err := marshal(msg)
	if err != nil {
		t.Fatal(err)
	}
	got, err := unmarshaler{}.Unmarshal(&types.Message{
		MessageId: aws.String("sqs-id"), ReceiptHandle: aws.String("handle"), Body: aws.String(out.body),
		MessageAttributes: out.attributes,
		Attributes:        map[string]string{"ApproximateReceiveCount": fmt.Sprint(receives)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestMessagesSurviveTheWay(t *testing.T) {
	t.Parallel()
	name := rapid.StringMatching(`[a-z][a-z0-9_-]{0,20}`)
	rapid.Check(t, func(t *rapid.T) {
		msg := message.NewMessage(rapid.StringMatching(`[a-z0-9-]{0,36}`).Draw(t, "uuid"), []byte(rapid.StringN(1, 200, -1).Draw(t, "body")))
		msg.Metadata = rapid.MapOfN(name, rapid.String(), 0, 9).Draw(t, "metadata")
		receives := rapid.IntRange(1, 50).Draw(t, "receives")
		got := through(t, msg, receives)
		if Receives(got) != receives || LastReceive(got) != (receives >= 5) || got.Metadata[metaReceipt] != "handle" {
			t.Fatalf("metadata %v", got.Metadata)
		}
		want := msg.Copy()
		for k, v := range msg.Metadata {
			if v == "" {
				delete(want.Metadata, k)
			}
		}
		if want.UUID == "" {
			want.UUID = "sqs-id"
		}
		again := through(t, got, 1) // what a receive told is not sent on
		for _, m := range []*message.Message{got, again} {
			for k := range m.Metadata {
				if strings.HasPrefix(k, metaPrefix) {
					delete(m.Metadata, k)
				}
			}
			if !m.Equals(want) {
				t.Fatalf("got %v, want %v", m, want)
			}
		}
	})
}

func TestReceivesOfAMessageThatDoesNotSay(t *testing.T) {
	t.Parallel()
	for _, said := range []string{"", "x", "0", "-1"} {
		msg := message.NewMessage("id", nil)
		msg.Metadata.Set(metaReceiveCount, said)
		if got := Receives(msg); got != 1 {
			t.Errorf("%q: %d", said, got)
		}
	}
}

var (
	videoID = events.ID{0: 1, 15: 2}
	eventID = events.ID{0: 3, 15: 4}
	trace   = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
)

func TestWorkIsACloudEvent(t *testing.T) {
	t.Parallel()
	w := NewWork(events.Recorded{
		Position: 5_000_000_000, Stream: events.VideoStream(videoID), Version: 1, ID: eventID,
		Event: events.VideoSubmitted{VideoID: videoID}, Meta: events.Metadata{Traceparent: trace},
		RecordedAt: time.Date(2026, 3, 4, 5, 6, 7, 8000, time.FixedZone("", -5*3600)),
	}, videoID)
	msg, err := w.Message()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"specversion":"1.0","id":"03000000-0000-0000-0000-000000000004","source":"/rising-stars/log/1",` +
		`"type":"video.submitted","subject":"video-01000000-0000-0000-0000-000000000002","time":"2026-03-04T10:06:07.000008Z",` +
		`"datacontenttype":"application/json","position":"5000000000","streamversion":"1",` +
		`"traceparent":"` + trace + `","data":{"video_id":"01000000-0000-0000-0000-000000000002"}}`
	if diff := cmp.Diff(want, string(msg.Payload)); diff != "" {
		t.Error(diff)
	}
	if msg.UUID != eventID.String() || msg.Metadata.Get("traceparent") != trace {
		t.Errorf("uuid %s, metadata %v", msg.UUID, msg.Metadata)
	}
	got, err := ParseWork(through(t, msg, 1))
	if err != nil {
		t.Fatal(err)
	}
	w.Time = w.Time.UTC()
	if diff := cmp.Diff(w, got); diff != "" {
		t.Error(diff)
	}
}

const goodWork = `{"specversion":"1.0","id":"03000000-0000-0000-0000-000000000004","source":"/x","type":"video.submitted",` +
	`"subject":"video-1","time":"2026-03-04T05:06:07Z","position":"7","streamversion":"1",` +
	`"data":{"video_id":"01000000-0000-0000-0000-000000000002"},"unknown":{"a":1}}`

func TestParseWork(t *testing.T) {
	t.Parallel()
	if _, err := ParseWork(message.NewMessage("", []byte(goodWork))); err != nil {
		t.Errorf("unknown extension: %v", err)
	}
	for old, changed := range map[string]string{
		goodWork:                               "",
		`{"specversion"`:                       `["specversion"`,
		`"1.0"`:                                `"2.0"`,
		`"position":"7"`:                       `"position":"x"`,
		`"position":"7",`:                      ``,
		`"streamversion":"1"`:                  `"streamversion":"0"`,
		"03000000-0000-0000-0000-000000000004": "00000000-0000-0000-0000-000000000000",
		"01000000-0000-0000-0000-000000000002": "00000000-0000-0000-0000-000000000000",
		`{"video_id":`:                         `{"player_id":`,
		`"type":"video.submitted"`:             `"type":""`,
	} {
		body := strings.Replace(goodWork, old, changed, 1)
		if _, err := ParseWork(message.NewMessage("", []byte(body))); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", body, err)
		}
	}
	for _, body := range []string{"null", "{}", "[]", "0", `""`} {
		if _, err := ParseWork(message.NewMessage("", []byte(body))); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestDoorbell(t *testing.T) {
	t.Parallel()
	d := Doorbell{Log: 1, From: 5, To: 9}
	msg, err := d.Message()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`{"log":1,"from":5,"to":9}`, string(msg.Payload)); diff != "" {
		t.Error(diff)
	}
	if got, err := ParseDoorbell(through(t, msg, 1)); err != nil || got != d {
		t.Errorf("got %v, %v", got, err)
	}
	for _, body := range []string{
		"null", "{}", "[]", "0", "x", "", `{"log":1,"from":0,"to":1}`, `{"log":0,"from":1,"to":1}`,
		`{"log":1,"from":3,"to":2}`, `{"log":1,"from":1,"to":1,"x":1}`, `{"log":1,"from":1.5,"to":2}`,
	} {
		if _, err := ParseDoorbell(message.NewMessage("", []byte(body))); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{goodWork, `{"log":1,"from":1,"to":2}`, "null", "{}", "[]", "0"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		msg := message.NewMessage("", body)
		if w, err := ParseWork(msg); err == nil {
			again, merr := w.Message()
			if merr != nil {
				t.Skip("a time that JSON cannot carry") // RFC 3339 ends with the year 9999
			}
			if got, perr := ParseWork(again); perr != nil || got.VideoID != w.VideoID || got.Position != w.Position {
				t.Errorf("%v became %v, %v", w, got, perr)
			}
		}
		if d, err := ParseDoorbell(msg); err == nil && d.From > d.To {
			t.Errorf("doorbell %v", d)
		}
	})
}
