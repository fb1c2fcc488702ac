package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/rising-stars/showcase/internal/auth"
	"github.com/rising-stars/showcase/internal/auth/sessions"
	"github.com/rising-stars/showcase/internal/live"
)

const (
	heartbeat  = 15 * time.Second
	frameLimit = 20 * time.Second // a client that takes nothing for so long is let go
)

// Live tells listeners what changes.
type Live interface {
	Listen(who live.Who, want live.Want) (*live.Listener, error)
}

type ticketReply struct {
	Ticket    string `json:"ticket"`
	ExpiresIn int64  `json:"expires_in"` // seconds
}

// streamTicket answers POST /api/events/ticket: what opens a stream of one's own once, for browsers, whose EventSource
// cannot send a token.
func (a *api) streamTicket(w *reply, r *http.Request) error {
	p, err := a.principal(w, r)
	if err != nil {
		return err
	}
	if err := a.Limiter.Allow(auth.TicketAccount, auth.ByAccount(p.Account)); err != nil {
		return err
	}
	ticket, err := a.Sessions.IssueTicket(r.Context(), sessions.Session{ID: p.Session, Account: p.Account})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, ticketReply{ticket, int64(sessions.TicketTTL.Seconds())})
}

// stream answers GET /api/events/stream: server-sent events until the client leaves, or we do.
func (a *api) stream(w *reply, r *http.Request) error {
	want, err := wanted(r)
	if err != nil {
		return err
	}
	who, err := a.listener(w, r)
	if err != nil {
		return err
	}
	if r.Method == http.MethodHead {
		openStream(w)
		return nil
	}
	l, err := a.Live.Listen(who, want)
	if err != nil {
		return err
	}
	defer l.Close()
	openStream(w)
	return a.tell(w, r, l)
}

// wanted reads the city, and the log position that the client has: EventSource sends the header by itself when it comes
// back, and cannot on its first time.
func wanted(r *http.Request) (live.Want, error) {
	q := parameters(r)
	want := live.Want{City: q.city(), Since: -1}
	if q.has("since") {
		want.Since = int64(q.number("since", 0, farthestPosition, 0, true))
	}
	if n, ok := digits(r.Header.Get("Last-Event-ID")); ok {
		want.Since = int64(n)
	}
	return want, q.err()
}

const farthestPosition = 1 << 53 // what JavaScript counts to

// listener is who listens: by ticket, by token, or nobody known.
func (a *api) listener(w *reply, r *http.Request) (live.Who, error) {
	who := live.Who{Address: auth.AddressPrefix(a.address(r))}
	if ticket := r.URL.Query().Get("ticket"); ticket != "" {
		ctx, cancel := context.WithTimeout(r.Context(), quickly)
		defer cancel()
		s, err := a.Sessions.RedeemTicket(ctx, ticket)
		if err != nil {
			return live.Who{}, err
		}
		who.Account, who.Session, w.account = s.Account, s.ID, s.Account
		return who, nil
	}
	if r.Header.Get("Authorization") == "" {
		return who, nil
	}
	p, err := a.principal(w, r)
	who.Account, who.Session = p.Account, p.Session
	return who, err
}

func openStream(w *reply) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
}

// tell writes frames as they come, and a sign of life between them.
func (a *api) tell(w *reply, r *http.Request, l *live.Listener) error {
	rc := http.NewResponseController(w)
	_ = rc.SetReadDeadline(time.Time{}) // the server's own would end the request after a minute
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	frames, open := [][]byte{live.Opening}, true
	for open {
		_ = rc.SetWriteDeadline(a.Now().Add(frameLimit)) // a server without deadlines has none to move
		for _, f := range frames {
			if _, err := w.Write(f); err != nil {
				return nil // the client left
			}
		}
		if err := rc.Flush(); err != nil {
			return nil // the client left
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-beat.C:
			frames = [][]byte{live.Heartbeat}
		case frames, open = <-l.C:
		}
	}
	return nil
}
