package rebuild

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/internal/analysis"
	"github.com/rising-stars/showcase/internal/audit"
)

// swap brings the version to the checkpoint, which it holds, and makes it the live one.
func (b *Builder) swap(ctx context.Context, version int) (Report, error) {
	report := Report{Version: version}
	if err := b.loadActs(ctx); err != nil {
		return report, err
	}
	err := pgx.BeginFunc(ctx, b.cfg.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL lock_timeout = '5s'`); err != nil {
			return err
		}
		if err := b.takeCheckpoint(ctx, tx, &report.Position); err != nil {
			return fmt.Errorf("take the checkpoint: %w", err)
		}
		if report.Position == 0 {
			return b.fill(ctx, tx, version, &report)
		}
		var err error
		if report.Live, err = audit.DigestIn(ctx, tx); err != nil {
			return err
		}
		before, err := lines(ctx, tx)
		if err != nil {
			return err
		}
		if err := b.inVersion(ctx, tx, version, func() error { return b.finish(ctx, tx, version, &report, before) }); err != nil {
			return err
		}
		if report.Live != report.Built && !b.cfg.Accept {
			return nil
		}
		report.Swapped = true
		_, err = tx.Exec(ctx, `SELECT ranking_version_activate($1, $2, $3)`, version, report.Position, report.Built)
		return err
	})
	if err != nil {
		return Report{Version: version}, fmt.Errorf("swap version %d in: %w", version, err)
	}
	return report, nil
}

// takeCheckpoint locks the ranking's checkpoint until tx ends. It makes one where there is none: the live projector's first
// step would make it meanwhile, and then apply anew what the version has.
func (b *Builder) takeCheckpoint(ctx context.Context, tx pgx.Tx, position *int64) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO checkpoints (name, log_id)
		VALUES ('ranking', $1)
		ON CONFLICT DO NOTHING`, b.cfg.Store.Log())
	if err != nil {
		return err
	}
	return tx.QueryRow(ctx, `
		SELECT position FROM checkpoints WHERE name = 'ranking' AND log_id = $1 FOR UPDATE`, b.cfg.Store.Log()).Scan(position)
}

// fill swaps a version in where nothing was live, and moves the checkpoint to it.
func (b *Builder) fill(ctx context.Context, tx pgx.Tx, version int, report *Report) (err error) {
	if report.Position, err = b.cfg.Store.HeadIn(ctx, tx); err != nil {
		return err
	}
	err = b.inVersion(ctx, tx, version, func() error { return b.finish(ctx, tx, version, report, nil) })
	if err != nil {
		return err
	}
	report.Swapped, report.Changes = true, nil
	if _, err := tx.Exec(ctx, `SELECT ranking_version_activate($1, $2, $3)`, version, report.Position, report.Built); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE checkpoints SET position = $2, updated_at = now() WHERE name = 'ranking' AND log_id = $1`,
		b.cfg.Store.Log(), report.Position)
	return err
}

// finish folds what is left, and compares.
func (b *Builder) finish(ctx context.Context, tx pgx.Tx, version int, report *Report, before []analysis.Line) error {
	var position int64
	if err := tx.QueryRow(ctx, `SELECT position FROM ranking_versions WHERE version = $1`, version).Scan(&position); err != nil {
		return fmt.Errorf("read the version's position: %w", err)
	}
	for position < report.Position {
		read, err := b.read(ctx, tx, b.next(position, report.Position, b.cfg.Batch))
		if err != nil {
			return err
		}
		if err := b.apply(ctx, tx, version, read); err != nil {
			return err
		}
		position = read.to
	}
	if !b.kept {
		if err := b.fold.Total(ctx, tx); err != nil {
			return err
		}
	}
	var err error
	if report.Built, err = audit.DigestIn(ctx, tx); err != nil || report.Built == report.Live {
		return err
	}
	after, err := lines(ctx, tx)
	if err != nil {
		return err
	}
	report.Changes = analysis.Diff(analysis.Result{Lines: before}, analysis.Result{Lines: after})
	return nil
}

func lines(ctx context.Context, tx pgx.Tx) ([]analysis.Line, error) {
	rows, err := tx.Query(ctx, `
		SELECT player_id, city, city_key, votes, reached
		FROM ranking_players
		WHERE videos > 0
		ORDER BY votes DESC, reached, player_id`)
	if err != nil {
		return nil, fmt.Errorf("read the ranking: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l analysis.Line, err error) {
		err = row.Scan(&l.Player, &l.City, &l.CityKey, &l.Votes, &l.Reached)
		return l, err
	})
	if err != nil {
		return nil, fmt.Errorf("read the ranking: %w", err)
	}
	return list, nil
}
