package app

import (
	"context"
	"errors"

	"github.com/rising-stars/showcase/handlers/httpapi"
	"github.com/rising-stars/showcase/internal/analysis"
	"github.com/rising-stars/showcase/internal/audit"
	"github.com/rising-stars/showcase/projections/ranking"
)

// past tells the API what the ranking was.
type past struct{ audit.Reader }

func (a *App) past() past {
	return past{audit.Reader{Pool: a.Pool, Store: a.Store, Vault: a.Vault, Contest: a.Commands.ContestID}}
}

// RankingAt is part of httpapi.Past.
func (p past) RankingAt(ctx context.Context, m httpapi.Moment, city string, limit, offset int) ([]ranking.Row, int64, error) {
	position, err := m.Position, error(nil)
	if !m.At.IsZero() {
		position, err = p.PositionAt(ctx, m.At)
	}
	if err != nil {
		return nil, 0, noMoment(err)
	}
	result, err := p.AsOf(ctx, position)
	if err != nil {
		return nil, 0, noMoment(err)
	}
	lines := analysis.InCity(result.Lines, city)
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
