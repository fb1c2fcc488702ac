package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/rising-stars/showcase/internal/emf"
)

type deaf struct{ message.Publisher }

func (deaf) Publish(string, ...*message.Message) error { return errors.New("nobody listens") }

// TestSendsInVain counts a send that fails, and one whose time is over, and none that the relay's end cuts off.
func TestSendsInVain(t *testing.T) {
	t.Parallel()
	over, cancelOver := context.WithDeadline(t.Context(), time.Unix(0, 0))
	t.Cleanup(cancelOver)
	ended, end := context.WithCancel(t.Context())
	end()
	for name, c := range map[string]struct {
		ctx  context.Context //nolint:containedctx // what a message carries
		want float64
	}{
		"fails":      {t.Context(), 1},
		"takes long": {over, 1},
		"is cut off": {ended, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			meter := emf.New(emf.Config{
				Environment: "small", Role: "relay", To: &out, Every: time.Minute,
				Now: func() time.Time { return time.Unix(0, 0) }, Draw: func(int) int { return 0 },
			})
			meter.Count(emf.RelaySendsFailed)
			msg := message.NewMessage("1", nil)
			msg.SetContext(c.ctx)
			if err := (measuredSends{deaf{}, meter}).Publish("ranking", msg); err == nil {
				t.Error("the failure is not told")
			}
			if err := meter.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			var line map[string]any
			if err := json.Unmarshal(out.Bytes(), &line); err != nil {
				t.Fatalf("%s: %v", out.Bytes(), err)
			}
			if line[string(emf.RelaySendsFailed)] != c.want {
				t.Errorf("%v sends failed, want %v", line[string(emf.RelaySendsFailed)], c.want)
			}
		})
	}
}
