package live

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/cityname"
	"github.com/rising-stars/showcase/internal/fault"
	"github.com/rising-stars/showcase/projections/gallery"
	"github.com/rising-stars/showcase/projections/ranking"
)

// Limits.
const (
	depth      = 100              // places of each list that are told
	maxTallies = 20_000           // videos whose votes are told
	maxMoves   = 1_000            // videos that came or went, which who comes back is told of
	perOwner   = 20               // newest videos of a listener that are told
	buffered   = 8                // looks that a listener may be behind
	lookLimit  = 5 * time.Second  // for the queries of one look
	overlap    = 30 * time.Second // between a fact's time and its arrival in the read model
)

// Refusals of a listener.
var (
	ErrFull = fault.New(fault.Unavailable, "stream.full",
		"Hay demasiadas conexiones en vivo en este momento.", "There are too many live connections at this moment.").After(15 * time.Second)
	ErrTooMany = fault.New(fault.TooMany, "stream.too-many",
		"Tienes demasiadas conexiones en vivo abiertas.", "You have too many live connections open.").After(15 * time.Second)
)

// Ranking is what is looked at.
type Ranking interface {
	Position(ctx context.Context) (int64, error)
	Tops(ctx context.Context, depth int) ([]ranking.Top, error)
	Totals(ctx context.Context) (players, votes int64, err error)
	Tallies(ctx context.Context, limit int) ([]ranking.Tally, error)
}

// Videos tells of the listeners' own videos, and which of some are still there.
type Videos interface {
	Known(ctx context.Context, ids []events.ID) (map[events.ID]bool, error)
	Watched(ctx context.Context, watches []gallery.Watch, perOwner int) ([]gallery.State, error)
}

// Config is what a Hub is made of. Every field is required.
type Config struct {
	Ranking Ranking
	Videos  Videos
	Revoked func(session events.ID) bool // answers from memory
	Log     *slog.Logger

	Every         time.Duration // between two looks, and so between two messages of a list
	Max           int           // listeners
	MaxPerAddress int           // of one address prefix; wide, since it may be a school's
	MaxPerAccount int
}

// Hub tells listeners. Run it once.
type Hub struct {
	cfg   Config
	newer chan struct{} // rings when somebody came

	mu        sync.Mutex
	ended     bool
	listeners map[*Listener]bool
	addresses map[netip.Prefix]int
	accounts  map[events.ID]*watched

	board board // only Run touches it, and looks
	looks int   // on the tick
}

// watched is an account that listens.
type watched struct {
	listeners map[*Listener]bool
	after     time.Time // changes up to it are known
	states    map[events.ID]gallery.State
}

// Who listens. Account and Session are zero for a visitor.
type Who struct {
	Account, Session events.ID
	Address          netip.Prefix
}

// Want is what is listened for.
type Want struct {
	City  string // empty: every city and the country
	Since int64  // the log position that the listener has; below 0: it has nothing and wants only what is new
}

// Listener gets frames until C is closed.
type Listener struct {
	C <-chan [][]byte // one item for each look that had something

	c    chan [][]byte
	hub  *Hub
	who  Who
	city string
	want Want
	told bool // it had its first frames
	came int  // the look that it waits for, when it knows of more than was seen yet
}

// New makes a Hub.
func New(cfg Config) *Hub {
	return &Hub{
		cfg: cfg, newer: make(chan struct{}, 1), listeners: map[*Listener]bool{}, addresses: map[netip.Prefix]int{},
		accounts: map[events.ID]*watched{},
	}
}

// Listen begins to listen. The caller closes what it gets. Refusals: ErrFull, ErrTooMany.
func (h *Hub) Listen(who Who, want Want) (*Listener, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.ended, len(h.listeners) >= h.cfg.Max:
		return nil, ErrFull
	case h.addresses[who.Address] >= h.cfg.MaxPerAddress:
		return nil, ErrTooMany
	}
	l := &Listener{c: make(chan [][]byte, buffered), hub: h, who: who, city: cityname.Key(want.City), want: want}
	l.C = l.c
	if !who.Account.IsZero() {
		w := h.accounts[who.Account]
		if w == nil {
			w = &watched{listeners: map[*Listener]bool{}, states: map[events.ID]gallery.State{}}
			h.accounts[who.Account] = w
		}
		if len(w.listeners) >= h.cfg.MaxPerAccount {
			return nil, ErrTooMany
		}
		w.listeners[l] = true
		w.after, w.states = time.Time{}, map[events.ID]gallery.State{} // a newcomer is told all, and the others once more
	}
	h.listeners[l] = true
	h.addresses[who.Address]++
	select {
	case h.newer <- struct{}{}:
	default:
	}
	return l, nil
}

// Close ends listening; C is closed. Doing it twice is harmless.
func (l *Listener) Close() {
	l.hub.mu.Lock()
	defer l.hub.mu.Unlock()
	l.hub.drop(l)
}

// drop lets a listener go; h is locked.
func (h *Hub) drop(l *Listener) {
	if !h.listeners[l] {
		return
	}
	delete(h.listeners, l)
	if h.addresses[l.who.Address]--; h.addresses[l.who.Address] == 0 {
		delete(h.addresses, l.who.Address)
	}
	if w := h.accounts[l.who.Account]; w != nil {
		delete(w.listeners, l)
		if len(w.listeners) == 0 {
			delete(h.accounts, l.who.Account)
		}
	}
	close(l.c)
}

// send hands frames to a listener, or lets it go when it does not read; h is locked.
func (h *Hub) send(l *Listener, frames [][]byte) {
	if len(frames) == 0 || !h.listeners[l] {
		return
	}
	select {
	case l.c <- frames:
	default:
		h.drop(l)
	}
}

// Len is how many listen.
func (h *Hub) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.listeners)
}

// Run looks and tells until ctx ends; then everybody is let go.
func (h *Hub) Run(ctx context.Context) error {
	defer h.end()
	tick := time.NewTicker(h.cfg.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			h.look(ctx)
			h.looks++
			h.welcome()
		case <-h.newer:
			if !h.board.loaded {
				h.look(ctx)
			}
			h.welcome()
		}
	}
}

func (h *Hub) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
	for l := range h.listeners {
		h.drop(l)
	}
}
