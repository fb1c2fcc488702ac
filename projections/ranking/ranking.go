// Package ranking is the read model of the result: votes per player, in order, for the country and for each city.
//
// A player's total is the sum over their public videos. Ties go to whoever reached the total first, which is the
// position of the newest ballot that counts, and then to the lower player id. The fold is a function of the facts
// alone: any batching, redelivery or replay gives the same tables.
package ranking

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/cityname"
)

// FoldVersion counts the changes of what the fold makes of the same facts. A rebuild by a fold that differs from that of
// the live tables shows what changes, and waits for an operator's word.
const FoldVersion = 2

// SnapshotEvery is how many positions lie between two snapshots.
const SnapshotEvery = 100_000

// Profiles tells who accounts are. Most accounts only vote: so the ranking does not keep a line for each that signs up, but
// asks the log about an account when its video comes.
type Profiles interface {
	// ProfilesIn are the newest AccountRegistered or AccountProfileChanged of accounts up to a position, opened where they
	// have a key; none of who was erased by then.
	ProfilesIn(ctx context.Context, tx pgx.Tx, accounts []events.ID, upTo int64) ([]events.Recorded, error)
}

// Projection folds accounts, videos, ballots and the ledger into ranking_players and ranking_videos, and keeps
// ranking_snapshots, which past rankings are answered from.
type Projection struct {
	Profiles Profiles // Apply needs it
	Every    int64    // positions between two snapshots; 0 is SnapshotEvery
}

// Name names the checkpoint and the queue.
func (Projection) Name() string { return "ranking" }

// Bare says that it reads no metadata.
func (Projection) Bare() {}

// Types are the facts that it reads.
func (Projection) Types() []string {
	return []string{
		events.AccountProfileChanged{}.EventType(), events.AccountErased{}.EventType(),
		events.VideoSubmitted{}.EventType(), events.VideoPublished{}.EventType(),
		events.VideoWithdrawn{}.EventType(), events.VideoDeleted{}.EventType(),
		events.BallotCast{}.EventType(),
		events.BallotsVoided{}.EventType(), events.BallotsReinstated{}.EventType(),
	}
}

// Reset empties the read model.
func (Projection) Reset(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `
		WITH v AS (DELETE FROM ranking_videos), s AS (DELETE FROM ranking_snapshots)
		DELETE FROM ranking_players`)
	return err
}

// Apply folds a page of facts: first what they add up to, in memory, then a handful of set operations.
//
// The order of the operations stands for the order of the facts: a ballot never precedes its video, nor a video its
// owner. Where order matters, at a snapshot, an act of the ledger and an erasure, the page is cut. An upload that was
// under way may follow its owner's erasure; the ranking does not know its video.
func (p Projection) Apply(ctx context.Context, tx pgx.Tx, batch []events.Recorded) error {
	var b pgx.Batch
	every := p.Every
	if every == 0 {
		every = SnapshotEvery
	}
	gone, err := p.queueNewPlayers(ctx, tx, &b, batch)
	if err != nil {
		return err
	}
	part, due := newPage(), int64(0)
	for _, r := range batch {
		// What precedes this fact is the state at every position since the fact before it.
		if at := (r.Position - 1) / every * every; at > due {
			part.queue(&b)
			queueSnapshot(&b, at)
			part, due = newPage(), at
		}
		switch f := r.Event.(type) {
		case events.AccountErased:
			part.queue(&b)
			queueErased(&b, f.AccountID)
			part = newPage()
		case events.Account:
			part.account(f)
		case events.VideoSubmitted:
			if !gone(f.OwnerID, r.Position) {
				part.video(f)
			}
		case events.Video:
			part.video(f)
		case events.Ballot:
			part.ballot(r, f)
		case events.Ledger:
			part.queue(&b)
			queueLedger(&b, f)
			part = newPage()
		}
	}
	part.queue(&b)
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("apply ranking: %w", err)
	}
	return nil
}

// queueNewPlayers adds whose videos are in the batch, as they are at its end. Nothing before that looks at their names.
// gone reports, of whose video is at a position of the batch, whether they were erased before it.
func (p Projection) queueNewPlayers(
	ctx context.Context, tx pgx.Tx, b *pgx.Batch, batch []events.Recorded,
) (gone func(owner events.ID, at int64) bool, err error) {
	var owners []events.ID
	erased := map[events.ID]int64{} // in the batch, where
	for _, r := range batch {
		switch f := r.Event.(type) {
		case events.VideoSubmitted:
			owners = append(owners, f.OwnerID)
		case events.AccountErased:
			erased[f.AccountID] = r.Position
		}
	}
	if len(owners) == 0 {
		return nil, nil
	}
	slices.SortFunc(owners, events.ID.Compare)
	profiles, err := p.Profiles.ProfilesIn(ctx, tx, slices.Compact(owners), batch[len(batch)-1].Position)
	if err != nil {
		return nil, fmt.Errorf("ask for the players: %w", err)
	}
	list, living := players{}, map[events.ID]bool{}
	for _, r := range profiles {
		switch f := r.Event.(type) {
		case events.AccountRegistered:
			living[f.AccountID] = true
			list.set(f.AccountID, f.Person, f.City)
		case events.AccountProfileChanged:
			living[f.AccountID] = true
			list.set(f.AccountID, f.Person, f.City)
		}
	}
	list.queue(b, `
		INSERT INTO ranking_players (player_id, name, city, city_key)
		SELECT * FROM p
		ON CONFLICT (player_id) DO UPDATE SET name = excluded.name, city = excluded.city, city_key = excluded.city_key`)
	return func(owner events.ID, at int64) bool { return !living[owner] && erased[owner] < at }, nil
}

// queueSnapshot keeps the videos as they are, unless that was done by an earlier page.
func queueSnapshot(b *pgx.Batch, at int64) {
	b.Queue(`
		INSERT INTO ranking_snapshots (position, videos, players, public, votes, reached)
		SELECT $1, s.videos, s.players, s.public, s.votes, s.reached
		FROM (SELECT WHERE NOT EXISTS (SELECT FROM ranking_snapshots WHERE position = $1)) missing
		CROSS JOIN LATERAL (
			SELECT coalesce(array_agg(video_id ORDER BY video_id), '{}') AS videos,
			       coalesce(array_agg(player_id ORDER BY video_id), '{}') AS players,
			       coalesce(array_agg(public ORDER BY video_id), '{}') AS public,
			       coalesce(array_agg(votes ORDER BY video_id), '{}') AS votes,
			       coalesce(array_agg(reached ORDER BY video_id), '{}') AS reached
			FROM ranking_videos
		) s`, at)
}

// page is what a page of facts adds up to.
type page struct {
	renamed players
	videos  map[events.ID]events.ID // video → player
	public  map[events.ID]bool      // the last word on each video
	ballots map[events.ID]tally
}

type tally struct{ votes, reached int64 }

func newPage() page {
	return page{
		renamed: players{},
		videos:  map[events.ID]events.ID{},
		public:  map[events.ID]bool{},
		ballots: map[events.ID]tally{},
	}
}

func (p *page) account(fact events.Account) {
	switch f := fact.(type) {
	case events.AccountProfileChanged:
		p.renamed.set(f.AccountID, f.Person, f.City)
	case events.AccountRegistered: // no player before their first video
	case events.AccountErased: // it cuts the page
	case events.AccountPasswordChanged, events.AccountRoleGranted, events.AccountRoleRevoked: // nothing to rank
	}
}

// players are names and cities by account.
type players map[events.ID]player

type player struct{ name, city string }

// set leaves out somebody whose key is gone: they were erased later in the log.
func (p players) set(id events.ID, sealed events.Sealed[events.Person], city string) {
	if person, ok := sealed.Value(); ok {
		p[id] = player{name: person.FirstName + " " + person.LastName, city: city}
	}
}

// queue does something with p, the lines (player_id, name, city, city_key).
func (p players) queue(b *pgx.Batch, do string) {
	if len(p) == 0 {
		return
	}
	n := len(p)
	ids, names, cities, keys := make([]events.ID, 0, n), make([]string, 0, n), make([]string, 0, n), make([]string, 0, n)
	for id, one := range p {
		ids, names, cities, keys = append(ids, id), append(names, one.name), append(cities, one.city), append(keys, cityname.Key(one.city))
	}
	b.Queue(`
		WITH p (player_id, name, city, city_key) AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]))`+do,
		ids, names, cities, keys)
}

func (p *page) video(fact events.Video) {
	switch f := fact.(type) {
	case events.VideoSubmitted:
		p.videos[f.VideoID] = f.OwnerID
	case events.VideoPublished:
		p.public[f.VideoID] = true
	case events.VideoWithdrawn:
		p.public[f.VideoID] = false
	case events.VideoDeleted:
		p.public[f.VideoID] = false
	case events.VideoProcessingStarted, events.VideoAttemptFailed, events.VideoProcessed,
		events.VideoRejected, events.VideoFailed, events.VideoReprocessOrdered: // nothing to rank
	}
}

func (p *page) ballot(r events.Recorded, fact events.Ballot) {
	switch f := fact.(type) {
	case events.BallotCast:
		t := p.ballots[f.VideoID]
		p.ballots[f.VideoID] = tally{votes: t.votes + 1, reached: max(t.reached, r.Position)}
	}
}

func (p *page) queue(b *pgx.Batch) {
	p.renamed.queue(b, `
		UPDATE ranking_players o
		SET name = p.name, city = p.city, city_key = p.city_key
		FROM p
		WHERE o.player_id = p.player_id`)
	p.queueVideos(b)
	p.queueBallots(b)
	p.queuePublic(b)
	p.queueTotals(b)
}

func queueErased(b *pgx.Batch, player events.ID) {
	b.Queue(`DELETE FROM ranking_videos WHERE player_id = $1`, player)
	b.Queue(`DELETE FROM ranking_players WHERE player_id = $1`, player)
}

func (p *page) queueVideos(b *pgx.Batch) {
	if len(p.videos) == 0 {
		return
	}
	ids, owners := make([]events.ID, 0, len(p.videos)), make([]events.ID, 0, len(p.videos))
	for id, owner := range p.videos {
		ids, owners = append(ids, id), append(owners, owner)
	}
	b.Queue(`INSERT INTO ranking_videos (video_id, player_id) SELECT * FROM unnest($1::uuid[], $2::uuid[])`, ids, owners)
}

func (p *page) queueBallots(b *pgx.Batch) {
	if len(p.ballots) == 0 {
		return
	}
	n := len(p.ballots)
	ids, votes, reached := make([]events.ID, 0, n), make([]int64, 0, n), make([]int64, 0, n)
	for id, t := range p.ballots {
		ids, votes, reached = append(ids, id), append(votes, t.votes), append(reached, t.reached)
	}
	queueTallies(b, ids, votes, reached)
}

func queueTallies(b *pgx.Batch, ids []events.ID, votes, reached []int64) {
	b.Queue(`
		UPDATE ranking_videos v
		SET votes = v.votes + t.votes, reached = greatest(v.reached, t.reached)
		FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS t (video_id, votes, reached)
		WHERE v.video_id = t.video_id`, ids, votes, reached)
}

func (p *page) queuePublic(b *pgx.Batch) {
	for id, public := range p.public {
		b.Queue(`UPDATE ranking_videos SET public = $2 WHERE video_id = $1`, id, public)
	}
}

// queueTotals adds the players' videos up anew, for players of whom a video or a ballot is in the page.
func (p *page) queueTotals(b *pgx.Batch) {
	touched := make([]events.ID, 0, len(p.public)+len(p.ballots))
	for id := range p.public {
		touched = append(touched, id)
	}
	for id := range p.ballots {
		if _, twice := p.public[id]; !twice {
			touched = append(touched, id)
		}
	}
	if len(touched) == 0 {
		return
	}
	queueTotals(b, touched)
}

// totals adds the videos of players up anew: of those that the condition in its middle chooses.
const totals = `
	UPDATE ranking_players p
	SET videos = t.videos, votes = t.votes, reached = t.reached
	FROM (
		SELECT player_id,
		       count(*) FILTER (WHERE public) AS videos,
		       coalesce(sum(votes) FILTER (WHERE public), 0) AS votes,
		       coalesce(max(reached) FILTER (WHERE public), 0) AS reached
		FROM ranking_videos
		%s
		GROUP BY player_id
	) t
	WHERE p.player_id = t.player_id`

func queueTotals(b *pgx.Batch, touched []events.ID) {
	b.Queue(fmt.Sprintf(totals, `WHERE player_id IN (SELECT player_id FROM ranking_videos WHERE video_id = ANY($1))`), touched)
}
