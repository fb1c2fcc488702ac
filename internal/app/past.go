package app

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/rising-stars/showcase/handlers/httpapi"
	"github.com/rising-stars/showcase/internal/analysis"
	"github.com/rising-stars/showcase/internal/audit"
	"github.com/rising-stars/showcase/projections/ranking"
)

// pastsKept is how many moments' lines are kept: some 100 bytes for each player of the contest.
const pastsKept = 4

// pastsMade is how many are made at once. Each holds up to two connections for as long as it counts, and anybody may ask for any
// moment: votes need the other connections.
const pastsMade = 2

// pastTime bounds the making of one; those who asked may have left meanwhile.
const pastTime = 30 * time.Second

// past tells the API what the ranking was. Lines at a position never change, so the newest few are kept; names may be
// erased, and are read each time.
type past struct {
	audit.Reader
	asks  singleflight.Group
	turns chan struct{} // one per moment that is being made

	mu   sync.Mutex
	kept []moment // the last one asked for first
}

// moment is the ranking at a position.
type moment struct {
	position int64
	lines    []analysis.Line
}

func (a *App) past() *past {
	return newPast(audit.Reader{Pool: a.Pool, Store: a.Store, Vault: a.Vault, Contest: a.Commands.ContestID})
}

func newPast(r audit.Reader) *past { return &past{Reader: r, turns: make(chan struct{}, pastsMade)} }

// linesAt is the ranking at a position. It is made once for all who ask for the same, whoever of them leaves; a turn to
// make it is waited for until the first who asked gives up. Refusal: httpapi.ErrPastBusy.
func (p *past) linesAt(ctx context.Context, position int64) ([]analysis.Line, error) {
	if lines, ok := p.recall(position); ok {
		return lines, nil
	}
	made, err, _ := p.asks.Do(strconv.FormatInt(position, 10), func() (any, error) {
		if err := p.turn(ctx); err != nil {
			return nil, err
		}
		defer func() { <-p.turns }()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pastTime)
		defer cancel()
		result, err := p.AsOf(ctx, position)
		if err == nil {
			p.keep(moment{position, result.Lines})
		}
		return result.Lines, err
	})
	lines, _ := made.([]analysis.Line)
	return lines, err
}

// turn waits for one, which the caller gives back.
func (p *past) turn(ctx context.Context) error {
	select {
	case p.turns <- struct{}{}: // also for who has left: others may have come to wait for the same
		return nil
	default:
	}
	select {
	case p.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return httpapi.ErrPastBusy
	}
}

func (p *past) recall(position int64) ([]analysis.Line, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.kept, func(m moment) bool { return m.position == position })
	if i < 0 {
		return nil, false
	}
	m := p.kept[i]
	p.kept = slices.Insert(slices.Delete(p.kept, i, i+1), 0, m)
	return m.lines, true
}

func (p *past) keep(m moment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = slices.Insert(p.kept, 0, m)
	p.kept = p.kept[:min(len(p.kept), pastsKept)]
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
