package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/rising-stars/showcase/internal/fault"
)

// How slowly an upload may come. 100 MB at the slowest allowed rate take half an hour.
const (
	uploadTotal   = 30 * time.Minute
	uploadIdle    = 20 * time.Second // without a single byte
	uploadGrace   = 20 * time.Second // before the average counts
	uploadMinRate = 32 << 10         // bytes per second on average, after the grace
	answerLimit   = 3 * time.Minute  // for what comes after the last byte
	drainSlow     = 2 * time.Second  // how long an upload that was too slow is read over,
	drainTotal    = 20 * time.Second // how long, and
	drainBytes    = 160 << 20        // how much of any other refused one
)

// incoming is an upload's body: bounded in size, in time and in slowness.
type incoming struct {
	r       *http.Request
	rc      *http.ResponseController
	now     func() time.Time
	began   time.Time
	ends    time.Time
	moved   time.Time // when the deadline was last moved
	read    int64
	allowed int64
	refusal *fault.Fault // what Read failed with: readers above it may hide it
}

// newIncoming allows the form's overhead; allow adds what a part may have.
func newIncoming(w *reply, r *http.Request, now func() time.Time) *incoming {
	in := &incoming{r: r, rc: http.NewResponseController(w), now: now, began: now(), allowed: maxFormOverhead}
	in.ends = in.began.Add(uploadTotal)
	_ = in.rc.SetWriteDeadline(in.ends.Add(answerLimit)) // a server without deadlines has none to move
	return in
}

func (in *incoming) allow(bytes int64) { in.allowed += bytes }

// Read is part of io.Reader. It fails with errTooSlow or errFormTooLarge, or with what the connection fails with.
func (in *incoming) Read(p []byte) (int, error) {
	now := in.now()
	if in.tooSlow(now) {
		return 0, in.refuse(errTooSlow)
	}
	in.moveDeadline(now)
	n, err := in.r.Body.Read(p)
	in.read += int64(n)
	switch {
	case in.read > in.allowed:
		return n, in.refuse(errFormTooLarge)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return n, in.refuse(errTooSlow)
	}
	return n, err
}

func (in *incoming) refuse(f *fault.Fault) error {
	in.refusal = f
	return f
}

func (in *incoming) tooSlow(now time.Time) bool {
	took := now.Sub(in.began)
	if now.After(in.ends) {
		return true
	}
	return took > uploadGrace && in.read < int64((took-uploadGrace).Seconds()*uploadMinRate)
}

func (in *incoming) moveDeadline(now time.Time) {
	if now.Sub(in.moved) < time.Second {
		return
	}
	in.moved = now
	deadline := now.Add(uploadIdle)
	if deadline.After(in.ends) {
		deadline = in.ends
	}
	_ = in.rc.SetReadDeadline(deadline) // a server without deadlines has none to move
}

// why is the refusal behind an error of reading the form: ours when it is one, the client's leaving, else the given one.
func (in *incoming) why(err error, otherwise *fault.Fault) error {
	switch {
	case err == nil:
		return nil
	case in.refusal != nil:
		return in.refusal
	}
	if errors.Is(in.r.Context().Err(), context.Canceled) {
		return context.Canceled
	}
	if path, ok := errors.AsType[*os.PathError](err); ok { // the scratch file, not the client
		return path
	}
	return otherwise
}

// drain reads over what a refused client is still sending, for a while, so that it comes to read the answer instead of
// finding the connection reset. A client that waits to be asked for its body is not asked, and one that was too slow had
// its time.
func (in *incoming) drain() {
	if in.read == 0 && in.r.Header.Get("Expect") != "" {
		return
	}
	patience := drainTotal
	if in.refusal == errTooSlow {
		patience = drainSlow
	}
	_ = in.rc.SetReadDeadline(in.now().Add(patience))
	_, _ = io.CopyN(io.Discard, in.r.Body, drainBytes)
}
