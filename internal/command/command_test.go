package command_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/aggregates/account"
	"github.com/rising-stars/showcase/aggregates/ballot"
	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/command"
	"github.com/rising-stars/showcase/internal/eventstore"
	"github.com/rising-stars/showcase/internal/pgtest"
	"github.com/rising-stars/showcase/internal/projector"
	"github.com/rising-stars/showcase/internal/vault"
	"github.com/rising-stars/showcase/projections/accounts"
	"github.com/rising-stars/showcase/projections/gallery"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// parts are a Service on real ones.
type parts struct {
	*command.Service
	pool  *pgxpool.Pool
	store *eventstore.Store
	vault *vault.Vault
	now   atomic.Int64 // unix nanoseconds
}

func newID() events.ID { return events.ID(uuid.Must(uuid.NewV7())) }

var (
	opens    = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	settings = events.ContestSettings{
		Name: "Test", OpensAt: opens, ClosesAt: opens.AddDate(0, 1, 0), VoteGoal: 10, FinalistsPerCity: 2,
	}
)

func start(t *testing.T) *parts {
	t.Helper()
	pool := pgtest.Pool(t, pgtest.New(t).AppURL)
	p := &parts{pool: pool, store: eventstore.New(pool, eventstore.Config{}), vault: vault.New(pool, [32]byte{1}, rand.Reader)}
	p.now.Store(opens.Add(time.Hour).UnixNano())
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = p.store.Run(ctx) }) // ends with the context
	t.Cleanup(func() { cancel(); running.Wait() })

	model := func(x projector.Projection) *projector.Projector {
		return projector.New(projector.Config{Pool: pool, Store: p.store, Vault: p.vault}, x)
	}
	p.Service = command.New(command.Config{
		Log: p.store, Vault: p.vault, Accounts: model(accounts.Projection{}), Gallery: model(gallery.Projection{}),
		People: people{accounts.Queries{Pool: pool}}, Videos: videos{gallery.Queries{Pool: pool}},
		ContestID: events.ID{9}, Now: func() time.Time { return time.Unix(0, p.now.Load()) }, NewID: newID,
	})
	check(t, p.ApplyContestFile(ctx, settings, "aa"))
	return p
}

type people struct{ accounts.Queries }

func (p people) StreamOf(ctx context.Context, id events.ID) (string, string, bool, error) {
	a, ok, err := p.ByID(ctx, id)
	return a.Stream, a.Email, ok, err
}

type videos struct{ gallery.Queries }

func (v videos) VideoFacts(ctx context.Context, id events.ID) (command.VideoFacts, error) {
	found, _, err := v.ByID(ctx, id)
	return command.VideoFacts{Owner: found.OwnerID, Votable: found.Votable}, err
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want the refusal %v", err, want)
	}
}

func (p *parts) owner(t *testing.T) events.ID {
	t.Helper()
	id, err := p.SignUp(t.Context(), events.Metadata{}, command.SignUp{
		FirstName: "Ana", LastName: "Pérez", Email: "owner@example.com", PasswordHash: "hash", City: "Cali", Country: "Colombia",
	})
	check(t, err)
	return id
}

// published gives a video that is open for voting.
func (p *parts) published(t *testing.T, owner events.ID) events.ID {
	t.Helper()
	id := newID()
	o := events.Object{Key: "k", Bytes: 1, SHA256: "s"}
	check(t, p.SubmitVideo(t.Context(), events.Metadata{}, video.Submit{
		VideoID: id, OwnerID: owner, Title: "Tiro", Public: true, Original: o, DurationMS: 30_000,
	}))
	job, err := p.StartProcessing(t.Context(), events.Metadata{}, id, "w")
	check(t, err)
	check(t, p.FinishProcessing(t.Context(), events.Metadata{}, events.VideoProcessed{
		VideoID: id, Attempt: job.Attempt, Clip: o, Preview: o, PosterJPEG: o, PosterWebP: o, DurationMS: 35_000,
	}))
	return id
}

func (p *parts) count(t *testing.T, typ string) (n int) {
	t.Helper()
	check(t, p.pool.QueryRow(t.Context(), `SELECT count(*) FROM events WHERE type = $1`, typ).Scan(&n))
	return n
}

// race runs f many times at once and counts what came of it.
func race(n int, f func(i int) error) (ok int, errs []error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			err := f(i)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				ok++
			} else {
				errs = append(errs, err)
			}
		})
	}
	wg.Wait()
	return ok, errs
}

func TestOneAddressOneAccount(t *testing.T) {
	t.Parallel()
	p := start(t)
	ok, errs := race(20, func(i int) error {
		_, err := p.SignUp(t.Context(), events.Metadata{}, command.SignUp{
			FirstName: fmt.Sprint("N", i), LastName: "L", Email: []string{"ana@example.com", "ANA@Example.com"}[i%2],
			PasswordHash: "h", City: "Cali", Country: "Colombia",
		})
		return err
	})
	if ok != 1 || p.count(t, "account.registered") != 1 {
		t.Fatalf("%d of 20 sign-ups with one address passed", ok)
	}
	for _, err := range errs {
		refused(t, err, account.ErrEmailTaken)
	}
}

func TestOneVotePerVoterAndVideo(t *testing.T) {
	t.Parallel()
	p := start(t)
	owner := p.owner(t)
	id := p.published(t, owner)
	voters := []events.ID{newID(), newID(), newID()}
	ok, errs := race(90, func(i int) error {
		return p.CastBallot(t.Context(), events.Metadata{}, voters[i%3], id, "")
	})
	if ok != 3 || p.count(t, "ballot.cast") != 3 {
		t.Fatalf("%d votes passed, %d are in the log; want 3", ok, p.count(t, "ballot.cast"))
	}
	for _, err := range errs {
		refused(t, err, ballot.ErrAlreadyCast)
	}
	refused(t, p.CastBallot(t.Context(), events.Metadata{}, owner, id, ""), ballot.ErrOwnVideo)
	refused(t, p.CastBallot(t.Context(), events.Metadata{}, voters[0], newID(), ""), ballot.ErrNotVotable)
}

func TestARetryWithItsKeyIsTheSameVote(t *testing.T) {
	t.Parallel()
	p := start(t)
	id, voter := p.published(t, p.owner(t)), newID()
	vote := func(key string) error { return p.CastBallot(t.Context(), events.Metadata{}, voter, id, key) }
	check(t, vote("k1"))
	check(t, vote("k1"))
	refused(t, vote("k2"), ballot.ErrAlreadyCast)
	refused(t, vote(""), ballot.ErrAlreadyCast)
	// The retry may come after the contest has closed; a new vote may not.
	p.now.Store(settings.ClosesAt.Add(time.Hour).UnixNano())
	check(t, vote("k1"))
	refused(t, p.CastBallot(t.Context(), events.Metadata{}, newID(), id, "k1"), ballot.ErrClosed)
	if n := p.count(t, "ballot.cast"); n != 1 {
		t.Fatalf("%d ballots in the log, want 1", n)
	}
}

func TestVotesFollowTheContestAndTheVideo(t *testing.T) {
	t.Parallel()
	p := start(t)
	id := p.published(t, p.owner(t))
	vote := func() error { return p.CastBallot(t.Context(), events.Metadata{}, newID(), id, "") }
	p.now.Store(opens.Add(-time.Hour).UnixNano())
	refused(t, vote(), ballot.ErrNotOpenYet)
	earlier := settings
	earlier.OpensAt = opens.AddDate(0, -1, 0)
	check(t, p.ChangeContest(t.Context(), events.Metadata{}, earlier, 1, "Empieza antes"))
	check(t, vote())
	// The old file is not applied over the organiser's change.
	check(t, p.ApplyContestFile(t.Context(), settings, "aa"))
	check(t, vote())
}

func TestWritesAreSeenAtOnce(t *testing.T) {
	t.Parallel()
	p := start(t)
	owner, id := p.owner(t), newID()
	found := func() bool {
		_, ok, err := gallery.Queries{Pool: p.pool}.ByID(t.Context(), id)
		check(t, err)
		return ok
	}
	check(t, p.SubmitVideo(t.Context(), events.Metadata{}, video.Submit{VideoID: id, OwnerID: owner, Title: "Tiro", Original: events.Object{Key: "k"}}))
	if !found() {
		t.Fatal("an uploaded video is not found")
	}
	refused(t, p.DeleteVideo(t.Context(), events.Metadata{}, id, newID()), video.ErrNotOwner)
	check(t, p.DeleteVideo(t.Context(), events.Metadata{}, id, owner))
	if found() {
		t.Fatal("a deleted video is found")
	}
	refused(t, p.DeleteVideo(t.Context(), events.Metadata{}, id, owner), video.ErrNotFound)
}

func TestOnlyTheFirstResultCounts(t *testing.T) {
	t.Parallel()
	p := start(t)
	id := p.published(t, p.owner(t))
	check(t, p.FinishProcessing(t.Context(), events.Metadata{}, events.VideoProcessed{VideoID: id, Attempt: 2}))
	_, err := p.StartProcessing(t.Context(), events.Metadata{}, id, "w2")
	refused(t, err, video.ErrNotPending)
	if n := p.count(t, "video.processed"); n != 1 {
		t.Fatalf("%d results in the log, want 1", n)
	}
}

// meanwhile is a read model during whose catching up something else is done, once.
type meanwhile struct {
	model command.CatchUp
	do    func()
}

func (m *meanwhile) CatchUp(ctx context.Context, position int64) error {
	if do := m.do; do != nil {
		m.do = nil
		do()
	}
	return m.model.CatchUp(ctx, position)
}

// TestAnAttemptIsOfOneWorker has another worker take the same video, and the run after it begin, before the first knows
// which attempt is its own.
func TestAnAttemptIsOfOneWorker(t *testing.T) {
	t.Parallel()
	p := start(t)
	id := newID()
	check(t, p.SubmitVideo(t.Context(), events.Metadata{}, video.Submit{
		VideoID: id, OwnerID: p.owner(t), Title: "x", Original: events.Object{Key: "originals/x"},
	}))
	var second, third command.Job
	take := func() (job command.Job) {
		job, err := p.StartProcessing(t.Context(), events.Metadata{}, id, "w")
		check(t, err)
		return job
	}
	p.Gallery = &meanwhile{model: p.Gallery, do: func() {
		second = take()
		check(t, p.FinishProcessing(t.Context(), events.Metadata{}, events.VideoProcessed{VideoID: id, Attempt: second.Attempt}))
		check(t, p.ReprocessVideo(t.Context(), events.Metadata{}, id, "blurred"))
		third = take()
	}}
	first := take()
	for i, job := range []command.Job{first, second, third} {
		want := command.Job{VideoID: id, Original: events.Object{Key: "originals/x"}, Attempt: i + 1, Run: 1 + i/2}
		if job != want {
			t.Errorf("worker %d has %+v, want %+v", i+1, job, want)
		}
	}
}

func TestErasureForgetsThePersonAndKeepsTheCount(t *testing.T) {
	t.Parallel()
	p := start(t)
	owner := p.owner(t)
	id := p.published(t, owner)
	check(t, p.CastBallot(t.Context(), events.Metadata{}, newID(), id, ""))
	head, err := p.store.Head(t.Context())
	check(t, err)
	check(t, p.EraseAccount(t.Context(), events.Metadata{}, owner))

	var rows int
	check(t, p.pool.QueryRow(t.Context(), `
		SELECT (SELECT count(*) FROM accounts) + (SELECT count(*) FROM account_keys) +
		       (SELECT count(*) FROM gallery_owners) + (SELECT count(*) FROM gallery_videos)`).Scan(&rows))
	if rows != 0 {
		t.Errorf("%d rows of an erased person are left", rows)
	}
	page, err := p.store.ReadPage(t.Context(), 0, 100, nil)
	check(t, err)
	check(t, p.vault.Open(t.Context(), page.Events))
	for _, r := range page.Events {
		if e, ok := r.Event.(events.AccountRegistered); ok {
			if _, open := e.Person.Value(); open {
				t.Error("the log still tells who it was")
			}
		}
	}
	if got := int64(len(page.Events)); got != head+1 {
		t.Errorf("the log has %d events, want %d", got, head+1)
	}
	refused(t, p.EraseAccount(t.Context(), events.Metadata{}, owner), account.ErrNotFound)
	if again := p.owner(t); again == owner {
		t.Error("a new account has the old one's id")
	}
}

func TestNothingPersonalIsStoredInPlain(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.published(t, p.owner(t))
	var plain int
	check(t, p.pool.QueryRow(t.Context(), `
		SELECT count(*)
		FROM events
		WHERE concat_ws(' ', stream, data, meta) ~* 'owner@|example\.com|pérez|\mana\M|tiro'`).Scan(&plain))
	if plain != 0 {
		t.Errorf("%d events hold a name, an address or a title in plain", plain)
	}
}
