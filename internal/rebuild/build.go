package rebuild

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/eventstore"
	"github.com/rising-stars/showcase/projections/ranking"
)

// stretch is a run of the log, from, exclusive, to, inclusive, in which order does not matter beyond what apply keeps: it
// ends at every snapshot, and an act of the ledger is one of its own.
type stretch struct {
	from, to int64
	act      bool
}

// part is what was read of a stretch.
type part struct {
	stretch
	facts         []events.Recorded // all but ballots; opened
	videos        []events.ID       // ballots, added up
	votes, newest []int64
}

func (b *Builder) loadActs(ctx context.Context) error {
	recorded, err := b.cfg.Store.ReadStream(ctx, events.LedgerStream(b.cfg.Contest))
	if err != nil {
		return err
	}
	b.acts = b.acts[:0]
	for _, r := range recorded {
		b.acts = append(b.acts, r.Position)
	}
	return nil
}

// next is the stretch behind a position, of at most so many.
func (b *Builder) next(from, to int64, most int) stretch {
	s := stretch{from: from, to: min(from+int64(most), to, (from/ranking.SnapshotEvery+1)*ranking.SnapshotEvery)}
	i, _ := slices.BinarySearch(b.acts, from+1)
	if i < len(b.acts) {
		switch next := b.acts[i]; {
		case next == from+1:
			s.to, s.act = next, true
		case next <= s.to:
			s.to = next - 1
		}
	}
	return s
}

// add folds a part into a version, in a transaction.
func (b *Builder) add(ctx context.Context, version int, read part, upTo int64) error {
	err := pgx.BeginFunc(ctx, b.cfg.Pool, func(tx pgx.Tx) error {
		// The position goes with the tables: what a crash of the server takes back is built again.
		if _, err := tx.Exec(ctx, `SET LOCAL synchronous_commit = off`); err != nil {
			return err
		}
		return b.inVersion(ctx, tx, version, func() error { return b.apply(ctx, tx, version, read) })
	})
	if err == nil && b.cfg.Progress != nil {
		b.cfg.Progress(read.to, upTo)
	}
	return err
}

// inVersion has unqualified names mean a version's tables.
func (b *Builder) inVersion(ctx context.Context, tx pgx.Tx, version int, do func() error) error {
	path := pgx.Identifier{fmt.Sprintf("ranking_v%d", version)}.Sanitize() + ", public"
	if _, err := tx.Exec(ctx, `SET LOCAL search_path = `+path); err != nil {
		return fmt.Errorf("look at version %d: %w", version, err)
	}
	if err := do(); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `SET LOCAL search_path = public`)
	return err
}

func (b *Builder) apply(ctx context.Context, tx pgx.Tx, version int, p part) error {
	if len(p.facts) > 0 {
		if err := b.fold.Apply(ctx, tx, p.facts); err != nil {
			return fmt.Errorf("positions %d to %d: %w", p.from+1, p.to, err)
		}
	}
	if err := b.fold.AddBallots(ctx, tx, p.videos, p.votes, p.newest); err != nil {
		return fmt.Errorf("positions %d to %d: %w", p.from+1, p.to, err)
	}
	if b.kept {
		if err := b.fold.Total(ctx, tx); err != nil {
			return fmt.Errorf("positions %d to %d: %w", p.from+1, p.to, err)
		}
	}
	if p.to%ranking.SnapshotEvery == 0 {
		if err := b.fold.Snapshot(ctx, tx, p.to); err != nil {
			return err
		}
	}
	tag, err := tx.Exec(ctx, `
		UPDATE ranking_versions SET position = $3 WHERE version = $1 AND position = $2`, version, p.from, p.to)
	if err == nil && tag.RowsAffected() == 0 {
		err = ErrMoved
	}
	if err != nil {
		return fmt.Errorf("move version %d: %w", version, err)
	}
	return nil
}

// mode has the server plan each read anew; see eventstore.
const mode = pgx.QueryExecModeCacheDescribe

func (b *Builder) read(ctx context.Context, q eventstore.Querier, s stretch) (part, error) {
	p := part{stretch: s}
	if err := b.readFacts(ctx, q, &p); err != nil {
		return p, fmt.Errorf("read positions %d to %d: %w", s.from+1, s.to, err)
	}
	if err := b.readBallots(ctx, q, &p); err != nil {
		return p, fmt.Errorf("read positions %d to %d: %w", s.from+1, s.to, err)
	}
	return p, nil
}

func (b *Builder) readFacts(ctx context.Context, q eventstore.Querier, p *part) error {
	types := slices.DeleteFunc(b.fold.Types(), func(t string) bool { return t == events.BallotCast{}.EventType() })
	rows, err := q.Query(ctx, `
		SELECT position, type, schema, data
		FROM events
		WHERE log_id = $1 AND position > $2 AND position <= $3 AND type <> 'ballot.cast' AND type = ANY ($4)
		ORDER BY position`, mode, b.cfg.Store.Log(), p.from, p.to, types)
	if err != nil {
		return err
	}
	e := events.Raw{Meta: []byte(`{}`)}
	var data pgtype.DriverBytes // good until the next row, which is long enough to decode them
	_, err = pgx.ForEachRow(rows, []any{&e.Position, &e.Type, &e.Schema, &data}, func() error {
		e.Data = data
		one, err := e.Decode()
		if err != nil {
			return &eventstore.EventError{Position: e.Position, Err: err}
		}
		p.facts = append(p.facts, one)
		return nil
	})
	if err != nil || len(p.facts) == 0 {
		return err
	}
	return b.cfg.Vault.OpenIn(ctx, q, p.facts)
}

func (b *Builder) readBallots(ctx context.Context, q eventstore.Querier, p *part) error {
	rows, err := q.Query(ctx, `
		SELECT video::uuid, sum(votes)::bigint, max(newest), max(newer) <> 1 OR min(older) <> 1
		FROM (
			SELECT data->>'video_id' AS video, count(*) AS votes, max(position) AS newest,
			       max(schema) AS newer, min(schema) AS older
			FROM events
			WHERE log_id = $1 AND position > $2 AND position <= $3 AND type = 'ballot.cast'
			GROUP BY 1
		) t -- as text: to read an id costs more than to group by it
		GROUP BY 1`, mode, b.cfg.Store.Log(), p.from, p.to)
	if err != nil {
		return err
	}
	var id events.ID
	var votes, newest int64
	var future bool
	_, err = pgx.ForEachRow(rows, []any{&id, &votes, &newest, &future}, func() error {
		if future {
			return fmt.Errorf("a ballot for video %s at or before position %d: %w", id, newest, events.ErrSchema)
		}
		p.videos, p.votes, p.newest = append(p.videos, id), append(p.votes, votes), append(p.newest, newest)
		return nil
	})
	return err
}
