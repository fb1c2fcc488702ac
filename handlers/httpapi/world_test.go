package httpapi_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/handlers/httpapi"
	"github.com/rising-stars/showcase/internal/auth"
	"github.com/rising-stars/showcase/internal/auth/sessions"
	"github.com/rising-stars/showcase/internal/command"
	"github.com/rising-stars/showcase/internal/live"
	"github.com/rising-stars/showcase/internal/obs"
	"github.com/rising-stars/showcase/internal/uploads"
	"github.com/rising-stars/showcase/projections/accounts"
	"github.com/rising-stars/showcase/projections/dashboard"
	"github.com/rising-stars/showcase/projections/gallery"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("internal/poll.runtime_pollWait")) // idle client connections
}

// world is what the API stands on, in memory. It keeps the rules' own answers (see commands_test.go), so that a test of
// the edge is not a test of a mock's opinion.
type world struct {
	mu       sync.Mutex
	late     time.Duration // added to the clock
	accounts map[events.ID]accounts.Account
	videos   []gallery.Video // in the order of upload
	votes    map[events.ID][]events.ID
	ballots  map[string]string // voter and video → idempotency key
	position int64
	opens    time.Time
	closes   time.Time

	sessions map[events.ID]*session
	refresh  map[string]*refreshToken
	tickets  map[string]sessions.Session

	objects map[string][]byte
	pending []uploads.Upload
	parts   map[string]map[int][]byte // by the store's id of an upload
	broken  error                     // what every query fails with, when set
	panics  bool                      // instead
	storing func(ctx context.Context) error
	pages   int // how often a ranking page was read
	metas   []events.Metadata

	settings events.ContestSettings // what an organiser made of the contest; zero until then
	version  int64
	moments  map[events.ID][]command.Moment
	attempts map[events.ID]int
	hours    []dashboard.Hour
	acts     []dashboard.Act
	voided   map[events.ID]dashboard.Ruling // what took all votes of a video
	dead     int                            // letters of the queue transcode
}

func newWorld() *world {
	return &world{
		accounts: map[events.ID]accounts.Account{}, votes: map[events.ID][]events.ID{}, ballots: map[string]string{},
		sessions: map[events.ID]*session{}, refresh: map[string]*refreshToken{}, tickets: map[string]sessions.Session{}, objects: map[string][]byte{}, parts: map[string]map[int][]byte{},
		moments: map[events.ID][]command.Moment{}, attempts: map[events.ID]int{}, version: 1,
		voided: map[events.ID]dashboard.Ruling{},
		opens:  time.Now().Add(-time.Hour), closes: time.Now().Add(36 * time.Hour),
	}
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.late)
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.late += d
}

func newID() (id events.ID) {
	_, _ = rand.Read(id[:]) // never fails
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id
}

// lock opens the world to a fake's method; broken worlds answer their error.
func (w *world) lock() (unlock func(), err error) {
	w.mu.Lock()
	if w.panics {
		w.mu.Unlock()
		panic("a bug of ours")
	}
	return w.mu.Unlock, w.broken
}

func (w *world) EmailMAC(normalised string) []byte {
	sum := sha256.Sum256([]byte("mac" + normalised))
	return sum[:]
}

func (w *world) AddressDigest(prefix string) string { return "digest of " + prefix }

// options change the configuration of a test's API.
type option func(*httpapi.Config)

func limited(t *testing.T, list string) option {
	t.Helper()
	l, err := auth.ParseLimits(auth.Limits{}, list)
	if err != nil {
		t.Fatal(err)
	}
	return func(c *httpapi.Config) { c.Limiter = auth.NewLimiter(l, c.Now) }
}

// service is a running API and the world behind it.
type service struct {
	*world
	t    testing.TB
	api  *httpapi.API
	base string
	log  *logLines

	stopHub func() // as shutdown does
}

func start(t testing.TB, options ...option) *service {
	t.Helper()
	w, log := newWorld(), &logLines{}
	cfg := httpapi.Config{
		AccountCommands: w, VideoCommands: w, Ballots: w, Contest: w, Organising: w, Machinery: w,
		Accounts: accountQueries{w}, Gallery: galleryQueries{w}, Ranking: rankingQueries{w}, Past: rankingQueries{w}, Figures: figureQueries{w},
		Vault: w, Sessions: w, Objects: w, OpenObject: w.open,
		Hasher: auth.NewHasher(auth.HasherConfig{
			Cost: auth.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}, Running: 2, Waiting: 100, MaxWait: time.Minute, Random: rand.Reader,
		}),
		Limiter: auth.NewLimiter(auth.Limits{}, w.now), Metrics: obs.NewHTTPMetrics(obs.NewRegistry()),
		Log: slog.New(slog.NewJSONHandler(log, nil)), Now: w.now, NewID: newID,
		PublicURL: "http://showcase.test", ScratchDir: t.TempDir(), MaxUploads: 8, RefreshTTL: time.Hour, LogEvery: 1,
	}
	var err error
	cfg.Tokens, err = auth.NewTokens(auth.TokensConfig{
		Keys: []auth.Key{testKey}, Issuer: "showcase", Audience: "showcase", TTL: time.Hour, Now: w.now, NewID: newID, Revoked: w,
	})
	if err != nil {
		t.Fatal(err)
	}
	hub := live.New(live.Config{
		Ranking: rankingQueries{w}, Videos: galleryQueries{w}, Revoked: w.Revoked, Log: cfg.Log, Every: 5 * time.Millisecond,
		Max: 8, MaxPerAddress: 6, MaxPerAccount: 2,
	})
	cfg.Live = hub
	cfg.Uploads = uploadTable{w}
	for _, o := range options {
		o(&cfg)
	}
	api, err := httpapi.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = hub.Run(ctx) }) // it answers nil
	stopHub := func() { stop(); running.Wait() }
	t.Cleanup(stopHub)
	return &service{world: w, t: t, api: api, base: server.URL, log: log, stopHub: stopHub}
}

var testKey = auth.Key{ID: "test", Secret: []byte("a secret of the tests, 32 bytes!")}

// logLines collects what is logged.
type logLines struct {
	mu   sync.Mutex
	text []byte
}

func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	return len(p), nil
}

func (l *logLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// somebodys is an argon2id hash.
const somebodys = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"

// join signs somebody up past the HTTP edge and answers their id and a token.
func (s *service) join(name string) (events.ID, string) {
	s.t.Helper()
	id := newID()
	s.mu.Lock()
	s.accounts[id] = accounts.Account{
		ID: id, Stream: events.AccountStream(s.EmailMAC(name + "@example.com")), Email: name + "@example.com",
		PasswordHash: somebodys, FirstName: name, LastName: "Pérez", City: "Bogotá", Country: "Colombia", RegisteredAt: time.Now(), Role: accounts.RolePlayer,
	}
	s.mu.Unlock()
	session, err := s.Open(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return id, s.token(id, session.ID)
}

func (s *service) token(account, session events.ID) string {
	s.t.Helper()
	tokens, err := auth.NewTokens(auth.TokensConfig{
		Keys: []auth.Key{testKey}, Issuer: "showcase", Audience: "showcase", TTL: time.Hour, Now: s.now, NewID: newID, Revoked: s,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	token, err := tokens.Issue(account, session)
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

// addVideo puts a video into the gallery past the HTTP edge.
func (s *service) addVideo(owner events.ID, change func(*gallery.Video)) gallery.Video {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[owner]
	id := newID()
	v := gallery.Video{
		ID: id, OwnerID: owner, OwnerName: a.FirstName + " " + a.LastName, City: a.City, Title: "Mate", Stage: gallery.StageQueued,
		Public: true, UploadedAt: time.Now(), DurationMS: 25_000,
		Original: events.Object{Key: "originals/" + id.String() + "/o.mp4", Bytes: 3, SHA256: hexSum([]byte("mp4"))},
	}
	if change != nil {
		change(&v)
	}
	s.videos = append(s.videos, v)
	return v
}

// published makes a video one that is open for voting, with its objects stored.
func (s *service) published(owner events.ID) gallery.Video {
	s.t.Helper()
	return s.addVideo(owner, func(v *gallery.Video) {
		at := time.Now()
		v.Stage, v.Progress, v.Votable, v.ProcessedAt = gallery.StageReady, 100, true, &at
		object := func(name, content string) events.Object {
			key := "processed/" + v.ID.String() + "/p1/abc/" + name
			s.objects[key] = []byte(content)
			return events.Object{Key: key, Bytes: int64(len(content)), SHA256: hexSum([]byte(content))}
		}
		v.Clip, v.Preview = object("clip.mp4", "the whole clip"), object("preview.mp4", "preview")
		v.PosterJPEG, v.PosterWebP = object("poster.jpg", "jpeg"), object("poster.webp", "webp")
	})
}

func (s *service) get(path, token string) *answer { return s.do(http.MethodGet, path, token, nil) }
