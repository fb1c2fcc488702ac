package projections_test

import (
	"context"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/pgtest"
	"github.com/rising-stars/showcase/projections/accounts"
	"github.com/rising-stars/showcase/projections/dashboard"
	"github.com/rising-stars/showcase/projections/gallery"
	"github.com/rising-stars/showcase/projections/ranking"
)

// checkActs holds the list of acts against the log.
func checkActs(t *rapid.T, pool *pgxpool.Pool, log []events.Recorded) {
	var want []int64
	for _, r := range slices.Backward(log) {
		switch r.Event.(type) {
		case events.ContestChanged, events.AccountRoleGranted, events.AccountRoleRevoked, events.VideoWithdrawn,
			events.VideoReprocessOrdered, events.QueueRedriveOrdered, events.BallotsVoided, events.BallotsReinstated:
			want = append(want, r.Position)
		}
	}
	acts, err := dashboard.Queries{Pool: pool}.Acts(context.Background(), 1000)
	var got []int64
	for _, a := range acts {
		got = append(got, a.Position)
	}
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("acts at %v, %v; the log has them at %v", got, err, want)
	}
}

// story folds facts, one page each, into every read model.
func story(t *testing.T, pool *pgxpool.Pool, facts ...events.Event) {
	t.Helper()
	var log []events.Recorded
	for i, fact := range facts {
		r := events.Recorded{
			Position: int64(i + 1), Stream: "s", Version: 1, ID: events.ID{byte(i + 1)}, Event: fact, Meta: events.Metadata{Actor: events.ID{9}},
			RecordedAt: time.Date(2026, 11, 1, 12, i, 0, 0, time.UTC),
		}
		log = append(log, r)
		err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
			for _, p := range all(log) {
				if !slices.Contains(p.Types(), fact.EventType()) {
					continue
				}
				if err := p.Apply(t.Context(), tx, []events.Recorded{r}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

var (
	ana, clip = events.ID{1}, events.ID{2}
	joined    = events.AccountRegistered{
		AccountID: ana, City: "Bogotá", Country: "Colombia", Person: events.Open(events.Person{FirstName: "Añá", LastName: "Ruiz"}),
		Credentials: events.Open(events.Credentials{Email: "ana@example.com", PasswordHash: "h"}),
	}
	sent   = events.VideoSubmitted{VideoID: clip, OwnerID: ana, Title: events.Open("100% Triple_s"), Public: true, Original: events.Object{Key: "o"}}
	begun  = events.VideoProcessingStarted{VideoID: clip, Attempt: 1, Worker: "w"}
	made   = events.VideoProcessed{VideoID: clip, Attempt: 1, Clip: events.Object{Key: "c1"}, DurationMS: 30_000}
	open   = events.VideoPublished{VideoID: clip}
	wanted = events.VideoReprocessOrdered{VideoID: clip, Reason: "Sin sonido"}
)

// TestAnotherRunInTheReadModels keeps what is shown and counted until the new result is there.
func TestAnotherRunInTheReadModels(t *testing.T) {
	t.Parallel()
	before := []events.Event{joined, sent, begun, made, open, events.BallotCast{VoterID: events.ID{7}, VideoID: clip}, wanted}
	rejected := events.VideoRejected{VideoID: clip, Attempt: 2, Code: "codec", ReasonES: "No se lee.", ReasonEN: "Unreadable."}
	again := events.VideoProcessed{VideoID: clip, Attempt: 2, Clip: events.Object{Key: "c2"}, DurationMS: 31_000}
	for name, c := range map[string]struct {
		then                []events.Event
		stage, key, because string
	}{
		"ordered":  {nil, gallery.StageQueued, "c1", ""},
		"begun":    {[]events.Event{events.VideoProcessingStarted{VideoID: clip, Attempt: 2}}, gallery.StageProcessing, "c1", ""},
		"done":     {[]events.Event{again}, gallery.StageReady, "c2", ""},
		"rejected": {[]events.Event{rejected}, gallery.StageReady, "c1", "The clip of before stays; the new run came to nothing: Unreadable."},
		"failed and ordered": {
			[]events.Event{events.VideoFailed{VideoID: clip, Attempt: 2, Code: "storage"}, wanted}, gallery.StageQueued, "c1", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := pgtest.Pool(t, pgtest.New(t).AppURL)
			story(t, pool, append(slices.Clone(before), c.then...)...)
			v, ok, err := gallery.Queries{Pool: pool}.ByID(t.Context(), clip)
			if err != nil || !ok || v.Stage != c.stage || !v.Votable || v.Clip.Key != c.key || v.ReasonEN != c.because {
				t.Errorf("the gallery has %+v, %v, %v", v, ok, err)
			}
			f, err := dashboard.Queries{Pool: pool}.Of(t.Context(), ana)
			if want := (dashboard.Figures{TotalVotes: 1, Processed: 1}); err != nil || f != want {
				t.Errorf("the dashboard has %+v, %v; want %+v", f, err, want)
			}
			position, participants, err := ranking.Queries{Pool: pool}.NationalRank(t.Context(), ana)
			if err != nil || position != 1 || participants != 1 {
				t.Errorf("place %d of %d, %v", position, participants, err)
			}
		})
	}
}

func TestRoleAndActs(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t, pgtest.New(t).AppURL)
	granted := events.AccountRoleGranted{AccountID: ana, Role: events.RoleOrganiser, Reason: "Coordina"}
	story(t, pool, joined, granted, sent, events.QueueRedriveOrdered{Queue: "transcode", Reason: "Ya hay disco"})
	q := accounts.Queries{Pool: pool}
	list, err := q.Organisers(t.Context())
	if err != nil || len(list) != 1 || list[0].ID != ana || list[0].Role != accounts.RoleOrganiser {
		t.Errorf("organisers %+v, %v", list, err)
	}
	names, err := q.Names(t.Context(), []events.ID{ana, {5}})
	if diff := gocmp.Diff(map[events.ID]string{ana: "Añá Ruiz"}, names); err != nil || diff != "" {
		t.Errorf("names: %v %s", err, diff)
	}
	acts, err := dashboard.Queries{Pool: pool}.Acts(t.Context(), 1)
	want := []dashboard.Act{{
		Position: 4, At: time.Date(2026, 11, 1, 12, 3, 0, 0, time.UTC), ActorID: events.ID{9}, Act: "queue.redrive-ordered",
		Subject: "transcode", Reason: "Ya hay disco",
	}}
	for i := range acts {
		acts[i].At = acts[i].At.UTC()
	}
	if diff := gocmp.Diff(want, acts); err != nil || diff != "" {
		t.Errorf("acts: %v %s", err, diff)
	}
	story(t, pool, events.AccountRoleRevoked{AccountID: ana, Role: events.RoleOrganiser, Reason: "Deja"})
	if list, err := q.Organisers(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("after the end of the role: %+v, %v", list, err)
	}
}

func TestEntriesOfTheGallery(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t, pgtest.New(t).AppURL)
	other := events.ID{3}
	second := sent
	second.VideoID, second.Title = other, events.Open("Gancho")
	story(t, pool, joined, sent, begun, made, open, second)
	q := gallery.Queries{Pool: pool}
	for _, c := range []struct {
		gallery.Filter
		want []events.ID
	}{
		{gallery.Filter{}, []events.ID{other, clip}},
		{gallery.Filter{Stage: gallery.StageReady}, []events.ID{clip}},
		{gallery.Filter{City: "BOGOTA"}, []events.ID{other, clip}},
		{gallery.Filter{City: "cali"}, nil},
		{gallery.Filter{Text: "ANA  ruiz"}, []events.ID{other, clip}},
		{gallery.Filter{Text: "0% triple_S"}, []events.ID{clip}},
		{gallery.Filter{Text: "0_ triple"}, nil},
		{gallery.Filter{Text: other.String()}, []events.ID{other}},
	} {
		list, total, err := q.Entries(t.Context(), c.Filter, 10, 0)
		var got []events.ID
		for _, e := range list {
			got = append(got, e.ID)
		}
		if err != nil || total != int64(len(c.want)) || !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v of %d, %v; want %v", c.Filter, got, total, err, c.want)
		}
	}
	list, total, err := q.Entries(t.Context(), gallery.Filter{}, 1, 1)
	if err != nil || total != 2 || len(list) != 1 || list[0].ID != clip || list[0].Attempts != 1 {
		t.Errorf("the second page: %+v of %d, %v", list, total, err)
	}
	cards, err := q.Cards(t.Context(), 10)
	if err != nil || len(cards) != 1 || cards[0].ID != clip || cards[0].CityKey != "bogota" || cards[0].Text != "100% Triple_s Añá Ruiz" {
		t.Errorf("cards %+v, %v", cards, err)
	}
	if list, err := q.ByIDs(t.Context(), []events.ID{clip, {8}}); err != nil || len(list) != 1 {
		t.Errorf("by id: %+v, %v", list, err)
	}
}
