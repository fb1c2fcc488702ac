package projections_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/cityname"
	"github.com/rising-stars/showcase/internal/logtest"
	"github.com/rising-stars/showcase/internal/pgtest"
	"github.com/rising-stars/showcase/projections/accounts"
	"github.com/rising-stars/showcase/projections/dashboard"
	"github.com/rising-stars/showcase/projections/gallery"
	"github.com/rising-stars/showcase/projections/ranking"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

type projection interface {
	Name() string
	Types() []string
	Apply(ctx context.Context, tx pgx.Tx, batch []events.Recorded) error
	Reset(ctx context.Context, tx pgx.Tx) error
}

var tables = []string{
	"accounts", "gallery_owners", "gallery_videos", "ranking_players", "ranking_videos", "ranking_snapshots",
	"dashboard_videos", "dashboard_ballots", "dashboard_hours", "dashboard_acts", "dashboard_voided",
}

func all(log []events.Recorded) []projection {
	return []projection{
		accounts.Projection{}, gallery.Projection{}, ranking.Projection{Profiles: profiles(log), Every: 16}, dashboard.Projection{},
	}
}

// profiles answers from a log that no database has.
type profiles []events.Recorded

func (p profiles) ProfilesIn(_ context.Context, _ pgx.Tx, wanted []events.ID, upTo int64) (found []events.Recorded, err error) {
	newest := map[events.ID]events.Recorded{}
	for _, r := range p[:upTo] {
		switch f := r.Event.(type) {
		case events.AccountRegistered:
			newest[f.AccountID] = r
		case events.AccountProfileChanged:
			newest[f.AccountID] = r
		case events.AccountErased:
			delete(newest, f.AccountID)
		}
	}
	for _, id := range wanted {
		if r, living := newest[id]; living {
			found = append(found, r)
		}
	}
	return found, nil
}

// Any way to cut a log into pages gives the same tables, and they are what a plain count of the log says.
func TestFoldIsTheSameForAnyBatch(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t, pgtest.New(t).AppURL)
	rapid.Check(t, func(rt *rapid.T) {
		log := logtest.Draw(rt)
		want := refold(rt, pool, log, func() int { return 5000 })
		for name, size := range map[string]func() int{
			"1":   func() int { return 1 },
			"7":   func() int { return 7 },
			"any": func() int { return rapid.IntRange(1, 60).Draw(rt, "batch") },
		} {
			if diff := gocmp.Diff(want, refold(rt, pool, log, size)); diff != "" {
				rt.Fatalf("batches of %s differ from one of 5000 (-want +got):\n%s", name, diff)
			}
		}
		checkRanking(rt, pool, log)
		checkDashboard(rt, pool, log)
		checkActs(rt, pool, log)
	})
}

// refold empties the read models, applies the log in pages and dumps every table.
func refold(t *rapid.T, pool *pgxpool.Pool, log []events.Recorded, size func() int) map[string][]string {
	ctx := context.Background()
	dump := map[string][]string{}
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		for _, p := range all(log) {
			if err := fold(ctx, tx, p, log, size); err != nil {
				return fmt.Errorf("%s: %w", p.Name(), err)
			}
		}
		for _, table := range tables {
			rows, err := tx.Query(ctx, `SELECT t::text FROM `+table+` t ORDER BY 1`)
			if err != nil {
				return err
			}
			if dump[table], err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return dump
}

func fold(ctx context.Context, tx pgx.Tx, p projection, log []events.Recorded, size func() int) error {
	if err := p.Reset(ctx, tx); err != nil {
		return err
	}
	for len(log) > 0 {
		n := min(size(), len(log))
		var page []events.Recorded
		for _, r := range log[:n] {
			if slices.Contains(p.Types(), r.Event.EventType()) {
				page = append(page, r)
			}
		}
		if err := p.Apply(ctx, tx, page); err != nil {
			return err
		}
		log = log[n:]
	}
	return nil
}

// count is the contest counted the plain way, from the log alone.
type count struct {
	city    map[events.ID]string
	name    map[events.ID]string
	owner   map[events.ID]events.ID
	public  map[events.ID]bool
	votes   map[events.ID]int64 // per video
	reached map[events.ID]int64
	voted   map[events.ID][]events.ID
}

// voidAtEnd are the ballots that do not count once the whole log is read.
func voidAtEnd(log []events.Recorded) map[int64]bool {
	void := map[int64]bool{}
	for _, r := range log {
		var groups []events.BallotsOfHour
		f, voided := r.Event.(events.BallotsVoided)
		if groups = f.Ballots; !voided {
			back, _ := r.Event.(events.BallotsReinstated)
			groups = back.Ballots
		}
		for _, g := range groups {
			for _, position := range g.Positions {
				void[position] = voided
			}
		}
	}
	return void
}

func plainCount(log []events.Recorded) count {
	c := count{
		map[events.ID]string{},
		map[events.ID]string{},
		map[events.ID]events.ID{},
		map[events.ID]bool{},
		map[events.ID]int64{},
		map[events.ID]int64{},
		map[events.ID][]events.ID{},
	}
	void := voidAtEnd(log)
	for _, r := range log {
		switch f := r.Event.(type) {
		case events.AccountRegistered:
			c.person(f.AccountID, f.Person, f.City)
		case events.AccountProfileChanged:
			c.person(f.AccountID, f.Person, f.City)
		case events.AccountErased:
			delete(c.city, f.AccountID)
			delete(c.voted, f.AccountID)
		case events.VideoSubmitted:
			c.owner[f.VideoID] = f.OwnerID
		case events.VideoPublished:
			c.public[f.VideoID] = true
		case events.VideoWithdrawn:
			c.public[f.VideoID] = false
		case events.BallotCast:
			if !void[r.Position] {
				c.votes[f.VideoID]++
				c.reached[f.VideoID] = r.Position
			}
			c.voted[f.VoterID] = append(c.voted[f.VoterID], f.VideoID)
		}
	}
	return c
}

func (c count) person(id events.ID, p events.Sealed[events.Person], city string) {
	person, _ := p.Value()
	c.city[id], c.name[id] = city, person.FirstName+" "+person.LastName
}

// ranking is the expected list of one city, or of all.
func (c count) ranking(city string) []ranking.Row {
	type line struct {
		ranking.Row
		reached int64
	}
	lines := map[events.ID]*line{}
	for v, owner := range c.owner {
		home, living := c.city[owner]
		if !c.public[v] || !living || (city != "" && cityname.Key(home) != cityname.Key(city)) {
			continue
		}
		if lines[owner] == nil {
			lines[owner] = &line{Row: ranking.Row{PlayerID: owner, Username: c.name[owner], City: home}}
		}
		lines[owner].Votes += c.votes[v]
		lines[owner].reached = max(lines[owner].reached, c.reached[v])
	}
	list := make([]*line, 0, len(lines))
	for _, l := range lines {
		list = append(list, l)
	}
	slices.SortFunc(list, func(a, b *line) int {
		return cmp.Or(cmp.Compare(b.Votes, a.Votes), cmp.Compare(a.reached, b.reached),
			slices.Compare(a.PlayerID[:], b.PlayerID[:]))
	})
	rows := make([]ranking.Row, 0, len(list))
	for i, l := range list {
		l.Position = int64(i + 1)
		rows = append(rows, l.Row)
	}
	return rows
}

func checkRanking(t *rapid.T, pool *pgxpool.Pool, log []events.Recorded) {
	ctx, q, c := context.Background(), ranking.Queries{Pool: pool}, plainCount(log)
	for _, city := range []string{"", "bogota", "CALI", "nowhere"} {
		want := c.ranking(city)
		got, _, err := q.Page(ctx, city, 1000, 0)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, append([]ranking.Row{}, got...)); diff != "" {
			t.Fatalf("ranking of %q (-want +got):\n%s", city, diff)
		}
		if len(want) > 2 {
			got, _, err := q.Page(ctx, city, 2, 1)
			if diff := gocmp.Diff(want[1:3], got); err != nil || diff != "" {
				t.Fatalf("page of the ranking of %q: %v (-want +got):\n%s", city, err, diff)
			}
		}
		for i, row := range want {
			if city != "" {
				checkStanding(t, q, want, i, row)
				continue
			}
			position, participants, err := q.NationalRank(ctx, row.PlayerID)
			if err != nil || position != row.Position || participants != int64(len(want)) {
				t.Fatalf("%s is %d of %d, %v; want %d of %d", row.Username, position, participants, err, row.Position, len(want))
			}
		}
	}
}

func checkStanding(t *rapid.T, q ranking.Queries, city []ranking.Row, i int, row ranking.Row) {
	got, ok, err := q.PlayerRank(context.Background(), row.PlayerID)
	want := ranking.Standing{City: row.City, Position: row.Position, Participants: int64(len(city)), Votes: row.Votes}
	if i > 0 {
		want.VotesToNext = city[i-1].Votes - row.Votes + 1
	}
	if err != nil || !ok || got != want {
		t.Fatalf("standing of %s: %+v, %v, %v; want %+v", row.Username, got, ok, err, want)
	}
}

func checkDashboard(t *rapid.T, pool *pgxpool.Pool, log []events.Recorded) {
	ctx, q, c := context.Background(), dashboard.Queries{Pool: pool}, plainCount(log)
	for id := range c.city {
		var votes int64
		for v, owner := range c.owner {
			if owner == id && c.public[v] {
				votes += c.votes[v]
			}
		}
		figures, err := q.Of(ctx, id)
		if err != nil || figures.TotalVotes != votes {
			t.Fatalf("dashboard of %s says %+v, %v; counted %d votes", id, figures, err, votes)
		}
		checkVoided(t, q, c, log, id)
		voted, err := q.VotedBy(ctx, id)
		if err != nil || !slices.Equal(voted, c.voted[id]) {
			t.Fatalf("%s voted for %v, %v; counted %v", id, voted, err, c.voted[id])
		}
	}
}
