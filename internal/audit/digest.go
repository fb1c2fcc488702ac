package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/analysis"
)

// digestSQL makes the digest of a ranking from two relations: v (video_id, player_id, public, votes, reached) and p
// (player_id, city, votes, reached). Names are not part of it.
const digestSQL = `
	SELECT encode(sha256(convert_to(
		coalesce((SELECT string_agg(concat_ws(' ', 'v', video_id, player_id, public, votes, reached), E'\n' ORDER BY video_id) FROM v), '')
		|| E'\n' ||
		coalesce((SELECT string_agg(concat_ws(' ', 'p', player_id, votes, reached, city), E'\n' ORDER BY player_id) FROM p), ''),
	'UTF8')), 'hex')`

const liveDigestSQL = `
	WITH v AS (SELECT video_id, player_id, public, votes, reached FROM ranking_videos),
	p AS (SELECT player_id, city, votes, reached FROM ranking_players WHERE videos > 0)` + digestSQL

// LiveDigest is the digest of the live ranking and the position that it reflects, in one statement.
func (r Reader) LiveDigest(ctx context.Context) (digest string, position int64, err error) {
	err = r.Pool.QueryRow(ctx, `
		SELECT (`+liveDigestSQL+`), coalesce((SELECT position FROM checkpoints WHERE name = 'ranking' AND log_id = $1), 0)`,
		mode, r.Store.Log()).Scan(&digest, &position)
	if err != nil {
		return "", 0, fmt.Errorf("digest the live ranking: %w", err)
	}
	return digest, position, nil
}

// Querier is a pool, a connection or a transaction.
type Querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// DigestIn is the digest of the ranking that unqualified names mean to q.
func DigestIn(ctx context.Context, q Querier) (digest string, err error) {
	if err := q.QueryRow(ctx, liveDigestSQL, mode).Scan(&digest); err != nil {
		return "", fmt.Errorf("digest the ranking: %w", err)
	}
	return digest, nil
}

// refoldSQL folds the log up to a position in one statement, from the stored JSON alone.
const refoldSQL = `
	WITH acts AS (
		SELECT e.position AS act, e.type, (jsonb_array_elements_text(g->'positions'))::bigint AS position
		FROM events e
		CROSS JOIN LATERAL jsonb_array_elements(e.data->'ballots') g
		WHERE e.log_id = $1 AND e.stream = $3 AND e.position <= $2
	),
	void AS (
		SELECT position
		FROM (SELECT DISTINCT ON (position) position, type FROM acts ORDER BY position, act DESC) newest
		WHERE type = 'ballots.voided'
	),
	tally AS (
		SELECT (data->>'video_id')::uuid AS video_id, count(*) AS votes, max(position) AS reached
		FROM events
		WHERE log_id = $1 AND position <= $2 AND type = 'ballot.cast' AND position NOT IN (SELECT position FROM void)
		GROUP BY 1
	),
	facts AS MATERIALIZED (
		SELECT position, type, data
		FROM events
		WHERE log_id = $1 AND position <= $2 AND type <> 'ballot.cast' AND type IN (
			'account.registered', 'account.profile-changed', 'account.erased',
			'video.submitted', 'video.published', 'video.withdrawn', 'video.deleted')
	),
	people AS (
		SELECT DISTINCT ON (data->>'account_id') (data->>'account_id')::uuid AS player_id, data->>'city' AS city
		FROM facts
		WHERE type LIKE 'account.%'
		ORDER BY data->>'account_id', position DESC
	),
	shown AS (
		SELECT DISTINCT ON (data->>'video_id') (data->>'video_id')::uuid AS video_id, type = 'video.published' AS public
		FROM facts
		WHERE type IN ('video.published', 'video.withdrawn', 'video.deleted')
		ORDER BY data->>'video_id', position DESC
	),
	v AS (
		SELECT (f.data->>'video_id')::uuid AS video_id, (f.data->>'owner_id')::uuid AS player_id,
		       coalesce(s.public, false) AS public, coalesce(t.votes, 0) AS votes, coalesce(t.reached, 0) AS reached
		FROM facts f
		JOIN people o ON o.player_id = (f.data->>'owner_id')::uuid AND o.city IS NOT NULL
		LEFT JOIN shown s ON s.video_id = (f.data->>'video_id')::uuid
		LEFT JOIN tally t ON t.video_id = (f.data->>'video_id')::uuid
		WHERE f.type = 'video.submitted'
	),
	p AS (
		SELECT v.player_id, o.city, sum(v.votes) AS votes, max(v.reached) AS reached
		FROM v
		JOIN people o USING (player_id)
		WHERE v.public
		GROUP BY 1, 2
	)` + digestSQL

// SQLDigest refolds the log up to a position in the database, by set operations on the stored JSON.
func (r Reader) SQLDigest(ctx context.Context, position int64) (digest string, err error) {
	err = pgx.BeginTxFunc(ctx, r.Pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '64MB'`); err != nil {
			return err
		}
		return tx.QueryRow(ctx, refoldSQL, mode, r.Store.Log(), position, events.LedgerStream(r.Contest)).Scan(&digest)
	})
	if err != nil {
		return "", fmt.Errorf("refold in the database: %w", err)
	}
	return digest, nil
}

// goDigest is the same digest of a count.
func goDigest(videos map[events.ID]analysis.Video, lines []analysis.Line) string {
	ids := make([]events.ID, 0, len(videos))
	for id := range videos {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b events.ID) int { return slices.Compare(a[:], b[:]) })
	h := sha256.New()
	for i, id := range ids {
		if i > 0 {
			fmt.Fprintln(h)
		}
		v := videos[id]
		public := "f"
		if v.Public {
			public = "t"
		}
		fmt.Fprintf(h, "v %s %s %s %d %d", id, v.Owner, public, v.Votes, v.Reached)
	}
	fmt.Fprintln(h)
	lines = slices.Clone(lines)
	slices.SortFunc(lines, func(a, b analysis.Line) int { return slices.Compare(a.Player[:], b.Player[:]) })
	for i, l := range lines {
		if i > 0 {
			fmt.Fprintln(h)
		}
		fmt.Fprintf(h, "p %s %d %d %s", l.Player, l.Votes, l.Reached, l.City)
	}
	return hex.EncodeToString(h.Sum(nil))
}
