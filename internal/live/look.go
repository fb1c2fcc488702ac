package live

import (
	"context"
	"log/slog"
	"slices"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/projections/gallery"
)

// look reads what changed and tells it, while anybody listens.
func (h *Hub) look(ctx context.Context) {
	if !h.sieve() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	err := h.lookAtRanking(ctx)
	if err == nil {
		err = h.lookAtVideos(ctx)
	}
	if err != nil && ctx.Err() == nil {
		h.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "listeners were not told", slog.Any("error", err))
	}
}

// sieve lets revoked sessions go and reports whether anybody is left.
func (h *Hub) sieve() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listeners {
		if !l.who.Session.IsZero() && h.cfg.Revoked(l.who.Session) {
			h.drop(l)
		}
	}
	return len(h.listeners) > 0
}

func (h *Hub) lookAtRanking(ctx context.Context) error {
	s, err := h.see(ctx)
	if err != nil {
		return err
	}
	before, first := h.board.position, !h.board.loaded
	if !first && s.position == before {
		return nil
	}
	again := s.position < before // the read model is being made anew
	moves, err := h.moves(ctx, h.board.public, s)
	if err != nil {
		return err
	}
	h.board.update(s)
	if first {
		return nil
	}
	if again {
		h.board.base, h.board.moves = s.position, nil
	}
	h.board.keep(moves)
	frames := h.board.frames(before, again)
	gallery := make([][]byte, 0, len(moves))
	for _, m := range moves {
		gallery = append(gallery, galleryFrame(m.video, m.change))
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listeners {
		if l.told {
			h.send(l, slices.Concat(gallery, pick(frames, l.city, s.position)))
		}
	}
	return nil
}

// moves are what came to the public videos and went.
func (h *Hub) moves(ctx context.Context, before map[events.ID]bool, s seen) ([]move, error) {
	after := s.public()
	gone := without(before, after)
	var known map[events.ID]bool
	if len(gone) > 0 {
		var err error
		if known, err = h.cfg.Videos.Known(ctx, gone); err != nil {
			return nil, err
		}
	}
	var moves []move
	for _, id := range without(after, before) {
		moves = append(moves, move{id, "published", s.position})
	}
	for _, id := range gone {
		change := "deleted"
		if known[id] {
			change = "withdrawn"
		}
		moves = append(moves, move{id, change, s.position})
	}
	return moves, nil
}

// see reads the rows only when the position has moved.
func (h *Hub) see(ctx context.Context) (s seen, err error) {
	if s.position, err = h.cfg.Ranking.Position(ctx); err != nil || h.board.loaded && s.position == h.board.position {
		return s, err
	}
	if s.tops, err = h.cfg.Ranking.Tops(ctx, depth); err != nil {
		return s, err
	}
	if s.tallies, err = h.cfg.Ranking.Tallies(ctx, maxTallies); err != nil {
		return s, err
	}
	s.national.players, s.national.votes, err = h.cfg.Ranking.Totals(ctx)
	return s, err
}

// welcome tells newcomers what changed since the position that they have.
func (h *Hub) welcome() {
	if !h.board.loaded {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var full map[string][]byte // made once, when somebody needs it
	for l := range h.listeners {
		switch {
		case l.told, h.early(l):
			continue
		case l.want.Since < 0:
			h.send(l, [][]byte{mark(h.board.position)})
		case h.board.knows(l.want.Since):
			h.send(l, slices.Concat(h.board.movesSince(l.want.Since), pick(h.board.frames(l.want.Since, false), l.city, h.board.position)))
		default:
			if full == nil {
				full = h.board.frames(0, true)
			}
			h.send(l, slices.Concat(h.board.movesSince(l.want.Since), pick(full, l.city, h.board.position)))
		}
		l.told = true
	}
}

// early holds back who has a position that was not looked at yet, as another instance or a query tells it, for one look.
func (h *Hub) early(l *Listener) bool {
	if l.want.Since <= h.board.position {
		return false
	}
	if l.came == 0 {
		l.came = h.looks + 1
	}
	return h.looks < l.came
}

func (h *Hub) lookAtVideos(ctx context.Context) error {
	watches := h.watches()
	if len(watches) == 0 {
		return nil
	}
	states, err := h.cfg.Videos.Watched(ctx, watches, perOwner)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	frames := map[events.ID][][]byte{}
	for _, s := range states {
		w := h.accounts[s.OwnerID]
		if w == nil || w.states[s.VideoID] == s {
			continue
		}
		w.states[s.VideoID] = s
		if s.ChangedAt.Add(-overlap).After(w.after) {
			w.after = s.ChangedAt.Add(-overlap)
		}
		frames[s.OwnerID] = append(frames[s.OwnerID], videoFrame(s))
	}
	for owner, list := range frames {
		for l := range h.accounts[owner].listeners {
			h.send(l, list)
		}
	}
	return nil
}

func (h *Hub) watches() []gallery.Watch {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]gallery.Watch, 0, len(h.accounts))
	for id, w := range h.accounts {
		list = append(list, gallery.Watch{Owner: id, After: w.after})
	}
	return list
}
