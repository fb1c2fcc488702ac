package audit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/analysis"
)

// AsOf is the official ranking as it was after the event at a position: the nearest snapshot before it and what follows
// up to there. It costs the same for any moment. Snapshots are the ranking's own; all else is read from the log, ballots
// on one connection and what else happened, and to whom, on another.
func (r Reader) AsOf(ctx context.Context, position int64) (analysis.Result, error) {
	result := analysis.Result{Position: position, Ties: analysis.Official}
	if err := r.CheckPosition(ctx, position); err != nil {
		return result, err
	}
	s := past{r, position, map[events.ID]*analysis.Video{}}
	from, err := s.snapshot(ctx)
	if err != nil {
		return result, err
	}
	var ballots []tally
	var facts []events.Recorded
	var people map[events.ID]analysis.Person
	g, inGroup := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		ballots, err = s.ballots(inGroup, from)
		return err
	})
	g.Go(func() (err error) {
		if facts, err = s.facts(inGroup, from); err == nil {
			people, err = s.people(inGroup, facts)
		}
		return err
	})
	if err := g.Wait(); err != nil {
		return result, err
	}
	s.apply(ballots, facts)
	result.Lines = analysis.Rank(s.videos, people, analysis.Official)
	settings, err := r.Settings(ctx, position)
	result.Finalists = settings.FinalistsPerCity
	return result, err
}

// past is a ranking of old in the making.
type past struct {
	Reader
	position int64
	videos   map[events.ID]*analysis.Video
}

// snapshot loads the newest one at or before the position and returns where it was taken; 0 when there is none.
func (s *past) snapshot(ctx context.Context) (from int64, err error) {
	var videos, players []events.ID
	var public []bool
	var votes, reached []int64
	err = s.Pool.QueryRow(ctx, `
		SELECT position, videos, players, public, votes, reached
		FROM ranking_snapshots
		WHERE position <= $1
		ORDER BY position DESC
		LIMIT 1`, mode, s.position).Scan(&from, &videos, &players, &public, &votes, &reached)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read snapshot: %w", err)
	}
	for i, id := range videos {
		s.videos[id] = &analysis.Video{Owner: players[i], Public: public[i], Votes: votes[i], Reached: reached[i]}
	}
	return from, nil
}

// tally is what the ballots for a video add up to.
type tally struct {
	video         events.ID
	votes, newest int64
}

// ballots are those between the snapshot and the position.
func (s *past) ballots(ctx context.Context, from int64) (list []tally, err error) {
	rows, err := s.Pool.Query(ctx, `
		SELECT video::uuid, sum(votes)::bigint, max(newest)
		FROM (
			SELECT data->>'video_id' AS video, count(*) AS votes, max(position) AS newest
			FROM events
			WHERE log_id = $1 AND position > $2 AND position <= $3 AND type = 'ballot.cast'
			GROUP BY 1
		) t -- as text: to read an id costs more than to group by it
		GROUP BY 1`, mode, s.Store.Log(), from, s.position)
	if err != nil {
		return nil, fmt.Errorf("count ballots: %w", err)
	}
	var t tally
	_, err = pgx.ForEachRow(rows, []any{&t.video, &t.votes, &t.newest}, func() error {
		list = append(list, t)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count ballots: %w", err)
	}
	return list, nil
}

var pastTypes = []string{
	events.VideoSubmitted{}.EventType(), events.VideoPublished{}.EventType(), events.VideoWithdrawn{}.EventType(),
	events.VideoDeleted{}.EventType(), events.BallotsVoided{}.EventType(), events.BallotsReinstated{}.EventType(),
}

// facts are what else happened between the snapshot and the position.
func (s *past) facts(ctx context.Context, from int64) ([]events.Recorded, error) {
	rows, err := s.Pool.Query(ctx, `
		SELECT position, stream, version, id, type, schema, data, meta, recorded_at
		FROM events
		WHERE log_id = $1 AND position > $2 AND position <= $3 AND type <> 'ballot.cast' AND type = ANY ($4)
		ORDER BY position`, mode, s.Store.Log(), from, s.position, pastTypes)
	if err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanRecorded)
	if err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	return list, nil
}

// apply adds both. The order of ballots among other facts does not matter: a ballot never precedes its video, and what the
// ledger voided comes off afterwards.
func (s *past) apply(ballots []tally, facts []events.Recorded) {
	for _, t := range ballots {
		v := s.video(t.video)
		v.Votes += t.votes
		v.Reached = max(v.Reached, t.newest)
	}
	for _, one := range facts {
		switch f := one.Event.(type) {
		case events.VideoSubmitted:
			s.video(f.VideoID).Owner = f.OwnerID
		case events.VideoPublished:
			s.publish(f.VideoID, true)
		case events.VideoWithdrawn:
			s.publish(f.VideoID, false)
		case events.VideoDeleted:
			s.publish(f.VideoID, false)
		case events.Ledger:
			analysis.Amend(s.videos, f)
		}
	}
}

func (s *past) video(id events.ID) *analysis.Video {
	v := s.videos[id]
	if v == nil {
		v = &analysis.Video{}
		s.videos[id] = v
	}
	return v
}

func (s *past) publish(id events.ID, public bool) {
	if v := s.videos[id]; v != nil {
		v.Public = public
	}
}

// profileTypes are the facts that events_profiles_idx finds; an erasure has no city.
const profileTypes = `type IN ('account.registered', 'account.profile-changed', 'account.erased')`

// people are the owners of the snapshot's videos and of those that came since, as they were; erased ones are missing.
func (s *past) people(ctx context.Context, facts []events.Recorded) (map[events.ID]analysis.Person, error) {
	owners := map[events.ID]struct{}{}
	for _, v := range s.videos {
		owners[v.Owner] = struct{}{}
	}
	for _, one := range facts {
		if f, ok := one.Event.(events.VideoSubmitted); ok {
			owners[f.OwnerID] = struct{}{}
		}
	}
	// The order inside keeps the planner from another way than one look at the index for each owner.
	rows, err := s.Pool.Query(ctx, `
		SELECT u.id, p.position, p.city
		FROM unnest($1::uuid[]) u (id)
		CROSS JOIN LATERAL (
			SELECT position, data->>'city' AS city
			FROM events
			WHERE log_id = $3 AND data->>'account_id' = u.id::text AND position <= $2 AND `+profileTypes+`
			ORDER BY position
		) p`, mode, slices.Collect(maps.Keys(owners)), s.position, s.Store.Log())
	if err != nil {
		return nil, fmt.Errorf("read people: %w", err)
	}
	people := map[events.ID]analysis.Person{}
	var id events.ID
	var at int64
	var city *string
	_, err = pgx.ForEachRow(rows, []any{&id, &at, &city}, func() error {
		p, known := people[id]
		switch {
		case city == nil:
			delete(people, id)
		case known:
			people[id] = analysis.Person{City: *city, Joined: p.Joined, NameAt: at}
		default:
			people[id] = analysis.Person{City: *city, Joined: at, NameAt: at}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read people: %w", err)
	}
	return people, nil
}

// Settings are the contest's as they were; the zero value when there was none.
func (r Reader) Settings(ctx context.Context, position int64) (events.ContestSettings, error) {
	recorded, err := r.Store.ReadStream(ctx, events.ContestStream(r.Contest))
	if err != nil {
		return events.ContestSettings{}, err
	}
	var settings events.ContestSettings
	for _, one := range recorded {
		if one.Position > position {
			break
		}
		switch f := one.Event.(type) {
		case events.ContestCreated:
			settings = f.Settings
		case events.ContestChanged:
			settings = f.Settings
		}
	}
	return settings, nil
}
