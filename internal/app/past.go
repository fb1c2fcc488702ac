package app

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/rising-stars/showcase/handlers/httpapi"
	"github.com/rising-stars/showcase/internal/analysis"
	"github.com/rising-stars/showcase/internal/audit"
	"github.com/rising-stars/showcase/projections/ranking"
)

// pastsKept is how many moments' lines are kept: some 100 bytes for each player of the contest.
const pastsKept = 4

// past tells the API what the ranking was. Lines at a position never change, so the newest few are kept; names may be
// erased, and are read each time.
type past struct {
	audit.Reader

	mu   sync.Mutex
	kept []*moment // the last one asked for first
}

// moment is the ranking at a position, to be made once.
type moment struct {
	position int64
	done     chan struct{}
	lines    []analysis.Line
	err      error
}

func (a *App) past() *past {
	return &past{Reader: audit.Reader{Pool: a.Pool, Store: a.Store, Vault: a.Vault, Contest: a.Commands.ContestID}}
}

// linesAt is the ranking at a position. Of many who ask for the same, the first makes it.
func (p *past) linesAt(ctx context.Context, position int64) ([]analysis.Line, error) {
	m, mine := p.find(position)
	if mine {
		m.err = errPastUnmade // what the others get should AsOf panic
		defer close(m.done)
		result, err := p.AsOf(ctx, position)
		if m.lines, m.err = result.Lines, err; err != nil {
			p.forget(m)
		}
		return m.lines, m.err
	}
	select {
	case <-m.done:
		return m.lines, m.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

var errPastUnmade = errors.New("the ranking of a moment was not finished")

func (p *past) find(position int64) (m *moment, mine bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.kept, func(m *moment) bool { return m.position == position })
	if mine = i < 0; mine {
		m = &moment{position: position, done: make(chan struct{})}
	} else {
		m = p.kept[i]
		p.kept = slices.Delete(p.kept, i, i+1)
	}
	p.kept = slices.Insert(p.kept, 0, m)
	p.kept = p.kept[:min(len(p.kept), pastsKept)]
	return m, mine
}

func (p *past) forget(m *moment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = slices.DeleteFunc(p.kept, func(k *moment) bool { return k == m })
}

// RankingAt is part of httpapi.Past.
func (p *past) RankingAt(ctx context.Context, m httpapi.Moment, city string, limit, offset int) ([]ranking.Row, int64, error) {
	position, err := m.Position, error(nil)
	if !m.At.IsZero() {
		position, err = p.PositionAt(ctx, m.At)
	}
	if err != nil {
		return nil, 0, noMoment(err)
	}
	lines, err := p.linesAt(ctx, position)
	if err != nil {
		return nil, 0, noMoment(err)
	}
	lines = analysis.InCity(lines, city)
	offset = min(offset, len(lines))
	lines = lines[offset:min(offset+limit, len(lines))]
	positions := make([]int64, 0, len(lines))
	for _, l := range lines {
		positions = append(positions, l.NameAt)
	}
	names, err := p.Names(ctx, positions)
	rows := make([]ranking.Row, 0, len(lines))
	for i, l := range lines {
		rows = append(rows, ranking.Row{
			Position: int64(offset + i + 1), PlayerID: l.Player, Username: names[l.NameAt], City: l.City, Votes: l.Votes,
		})
	}
	return rows, position, err
}

func noMoment(err error) error {
	if errors.Is(err, audit.ErrBeforeLog) || errors.Is(err, audit.ErrBeyond) {
		return httpapi.ErrNoMoment
	}
	return err
}
