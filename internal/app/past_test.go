package app

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/handlers/httpapi"
	"github.com/rising-stars/showcase/internal/audit"
	"github.com/rising-stars/showcase/internal/logtest"
	"github.com/rising-stars/showcase/internal/pgtest"
	"github.com/rising-stars/showcase/projections/ranking"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// TestThePastForgetsNames asks for moments again and again, many at once and more of them than are kept: the votes stay,
// and a name is gone the moment its key is.
func TestThePastForgetsNames(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	box := logtest.NewDatabase(pgtest.Pool(t, db.OwnerURL), pgtest.Pool(t, db.AppURL))
	player, video := events.ID{1}, events.ID{2}
	facts := []events.Event{
		events.AccountRegistered{
			AccountID: player, Person: events.Open(events.Person{FirstName: "Ana", LastName: "Mora"}), City: "Cali", Country: "Colombia",
			Credentials: events.Open(events.Credentials{Email: "ana@example.com", PasswordHash: "x"}),
		},
		events.VideoSubmitted{VideoID: video, OwnerID: player, Title: events.Open("Mate"), Public: true},
		events.VideoPublished{VideoID: video},
	}
	for voter := range byte(5) {
		facts = append(facts, events.BallotCast{VoterID: events.ID{9, voter}, VideoID: video})
	}
	var log []events.Recorded
	for i, fact := range facts {
		n := int64(i + 1)
		log = append(log, events.Recorded{
			Position: n, Stream: string(rune('a' + i)), Version: 1, ID: events.ID{7, byte(i)}, RecordedAt: time.Unix(n, 0), Event: fact,
		})
	}
	store, err := box.Write(t.Context(), log)
	if err != nil {
		t.Fatal(err)
	}
	p := newPast(audit.Reader{Pool: box.App, Store: store, Vault: box.Vault})
	holds := func(name string) {
		t.Helper()
		var asking sync.WaitGroup
		for position := int64(3); position <= 8; position++ {
			for range 3 {
				asking.Go(func() {
					rows, at, err := p.RankingAt(t.Context(), httpapi.Moment{Position: position}, "cali", 10, 0)
					want := []ranking.Row{{Position: 1, PlayerID: player, Username: name, City: "Cali", Votes: position - 3}}
					if err != nil || at != position || !slices.Equal(rows, want) {
						t.Errorf("at %d: %+v, %d, %v", position, rows, at, err)
					}
				})
			}
		}
		asking.Wait()
	}
	holds("Ana Mora")
	if len(p.kept) != pastsKept {
		t.Errorf("%d moments are kept", len(p.kept))
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := p.linesAt(gone, 1); err != nil { // others may wait for it
		t.Errorf("a moment that was asked for by who left: %v", err)
	}
	for range pastsMade {
		if err := p.turn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.linesAt(gone, 2); !errors.Is(err, httpapi.ErrPastBusy) {
		t.Errorf("a moment more than are made at once: %v", err)
	}
	if _, err := p.linesAt(gone, 1); err != nil { // it is kept
		t.Errorf("a moment that need not be made: %v", err)
	}
	for range pastsMade {
		<-p.turns
	}
	if _, err := box.App.Exec(t.Context(), `DELETE FROM account_keys WHERE account_id = $1`, player); err != nil {
		t.Fatal(err)
	}
	holds("")
	for _, m := range []httpapi.Moment{{Position: 9}, {At: time.Unix(0, 0)}} {
		if _, _, err := p.RankingAt(t.Context(), m, "", 10, 0); !errors.Is(err, httpapi.ErrNoMoment) {
			t.Errorf("%+v: %v", m, err)
		}
	}
	if slices.ContainsFunc(p.kept, func(m moment) bool { return m.position > 8 }) {
		t.Error("a moment that is none is kept")
	}
}
