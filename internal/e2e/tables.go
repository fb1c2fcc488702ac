package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// readModels are the tables that a rebuild makes anew.
var readModels = []string{
	"accounts", "gallery_owners", "gallery_videos", "ranking_players", "ranking_videos",
	"dashboard_videos", "dashboard_ballots", "dashboard_hours", "dashboard_voided",
}

// Tables are a contest's database, to be looked at.
type Tables struct {
	t    testing.TB
	pool *pgxpool.Pool
}

// NewTables connects until the test ends.
func NewTables(t testing.TB, url string) *Tables {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return &Tables{t: t, pool: pool}
}

// Close gives up the connections, so that the server can stop.
func (d *Tables) Close() { d.pool.Close() }

// Strings are the rows of a query with one column of text.
func (d *Tables) Strings(query string, args ...any) []string {
	d.t.Helper()
	rows, err := d.pool.Query(d.t.Context(), query, args...)
	if err != nil {
		d.t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		d.t.Fatalf("%s: %v", query, err)
	}
	return list
}

// Number is what a query with one number says.
func (d *Tables) Number(query string, args ...any) (n int64) {
	d.t.Helper()
	if err := d.pool.QueryRow(d.t.Context(), query, args...).Scan(&n); err != nil {
		d.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// Dump is every row of every read model, as text, in an order of its own.
func (d *Tables) Dump() map[string][]string {
	d.t.Helper()
	dump := map[string][]string{}
	for _, table := range readModels {
		dump[table] = d.Strings(`SELECT t::text FROM ` + table + ` AS t ORDER BY t::text COLLATE "C"`)
	}
	return dump
}

// Same requires two dumps to be the same.
func (d *Tables) Same(before, after map[string][]string) {
	d.t.Helper()
	if diff := cmp.Diff(before, after); diff != "" {
		d.t.Errorf("read models differ (-before +after):\n%s", diff)
	}
}

// CheckLog requires a log without holes, with a version once in each stream, one ballot for each voter and video, at most
// one submission and one result for each video, and a ranking that is the count of the ballots.
func (d *Tables) CheckLog() {
	d.t.Helper()
	if n := d.Number(`SELECT max(position) - count(*) FROM events`); n != 0 {
		d.t.Errorf("the log has %d holes", n)
	}
	for what, query := range map[string]string{
		"ids":      `SELECT id::text FROM events GROUP BY id HAVING count(*) > 1`,
		"versions": `SELECT stream FROM events GROUP BY stream HAVING max(version) <> count(*) OR count(*) <> count(DISTINCT version)`,
		"ballots":  `SELECT min(stream) FROM events WHERE type = 'ballot.cast' GROUP BY data->>'voter_id', data->>'video_id' HAVING count(*) > 1`,
		"submissions": `
			SELECT stream FROM events WHERE stream LIKE 'video-%' GROUP BY stream
			HAVING count(*) FILTER (WHERE type = 'video.submitted') > 1 OR count(*) FILTER (WHERE type = 'video.published') > 1
			    OR count(*) FILTER (WHERE type = 'video.processed') > 1 + count(*) FILTER (WHERE type = 'video.reprocess-ordered')`,
	} {
		if twice := d.Strings(query); len(twice) > 0 {
			d.t.Errorf("%s are not unique: %s", what, strings.Join(twice, ", "))
		}
	}
	const counted = `SELECT data->>'video_id' || ' ' || count(DISTINCT data->>'voter_id') FROM events WHERE type = 'ballot.cast' GROUP BY data->>'video_id'`
	const shown = `SELECT video_id || ' ' || votes FROM ranking_videos WHERE votes > 0`
	inLog, inRanking := slices.Sorted(slices.Values(d.Strings(counted))), slices.Sorted(slices.Values(d.Strings(shown)))
	if diff := cmp.Diff(inLog, inRanking); diff != "" {
		d.t.Errorf("ballots in the log and votes in the ranking differ (-log +ranking):\n%s", diff)
	}
}

// Ballots are those in the log.
func (d *Tables) Ballots() []Ballot {
	d.t.Helper()
	var list []Ballot
	for _, row := range d.Strings(`SELECT (data->>'voter_id') || ' ' || (data->>'video_id') FROM events WHERE type = 'ballot.cast'`) {
		voter, video, _ := strings.Cut(row, " ")
		list = append(list, Ballot{Voter: voter, Video: video})
	}
	return list
}
