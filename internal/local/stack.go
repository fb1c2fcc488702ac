package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/rising-stars/showcase/internal/local/datadir"
	"github.com/rising-stars/showcase/internal/local/loopsqs"
	"github.com/rising-stars/showcase/internal/local/pgserver"
	"github.com/rising-stars/showcase/internal/local/s3gateway"
)

// Config says which parts run here, and where they keep their data.
type Config struct {
	Dir    string           // made when missing; the caller holds it with LockDir
	Region string           // of queues and buckets; empty = us-east-1
	Chaos  loopsqs.Chaos    // of the queue server; zero = none
	Now    func() time.Time // clock of the queue server
	Log    *slog.Logger     // nil = silent

	// A part whose address is set is used as it is, and not started.
	DatabaseURL string // used by application and owner alike
	SQSEndpoint string
	S3Endpoint  string
}

// Stack is what an application needs to run on one machine.
type Stack struct {
	DatabaseURL string // as the application's role; on an embedded server after EnsureAppRole
	OwnerURL    string // as the owner of the schema, for migrations
	SQSEndpoint string
	S3Endpoint  string
	AccessKey   string // for both endpoints; empty when the S3 endpoint was given: the environment has them then
	SecretKey   string

	postgres *pgserver.Server
	gateway  *s3gateway.Server
	queues   *loopsqs.Server

	closing chan struct{}
	once    sync.Once
	watched sync.WaitGroup
	died    sync.Once
	done    chan struct{} // closed when a part has died
	err     error         // which and why; read only after done
}

// LockDir takes a data directory for this process; see datadir.Lock.
func LockDir(dir string) (release func() error, err error) { return datadir.Lock(dir) }

// RunIfChild must be the first thing that main, or TestMain, of a program does that starts a Stack; see
// s3gateway.RunIfChild.
func RunIfChild() { s3gateway.RunIfChild() }

// Start starts the parts, side by side, and returns when all of them answer. If one does not start, the
// others are stopped again. The context bounds the start only.
func Start(ctx context.Context, cfg Config) (*Stack, error) {
	s := &Stack{
		DatabaseURL: cfg.DatabaseURL,
		OwnerURL:    cfg.DatabaseURL,
		SQSEndpoint: cfg.SQSEndpoint,
		S3Endpoint:  cfg.S3Endpoint,
		closing:     make(chan struct{}),
		done:        make(chan struct{}),
	}
	starts := []func(context.Context, Config) error{s.startPostgres, s.startGateway, s.startQueues}
	errs := make([]error, len(starts))
	var started sync.WaitGroup
	for i, start := range starts {
		started.Go(func() { errs[i] = start(ctx, cfg) })
	}
	started.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, errors.Join(err, s.Close(ctx))
	}
	return s, nil
}

func (s *Stack) startPostgres(ctx context.Context, cfg Config) error {
	if cfg.DatabaseURL != "" {
		return nil
	}
	p, err := pgserver.Start(ctx, pgserver.Config{Dir: filepath.Join(cfg.Dir, "postgres")})
	if err != nil {
		return err
	}
	s.postgres, s.DatabaseURL, s.OwnerURL = p, p.AppURL(), p.SuperURL()
	s.watch("PostgreSQL", p.Done(), p.Err)
	return nil
}

func (s *Stack) startGateway(ctx context.Context, cfg Config) error {
	if cfg.S3Endpoint != "" {
		return nil
	}
	g, err := s3gateway.Start(ctx, s3gateway.Config{Dir: filepath.Join(cfg.Dir, "s3"), Region: cfg.Region})
	if err != nil {
		return err
	}
	s.gateway, s.S3Endpoint, s.AccessKey, s.SecretKey = g, g.URL(), g.AccessKey(), g.SecretKey()
	s.watch("the S3 gateway", g.Done(), g.Err)
	return nil
}

func (s *Stack) startQueues(ctx context.Context, cfg Config) error {
	if cfg.SQSEndpoint != "" {
		return nil
	}
	// Messages that are lost with the machine's power come back: the relay's sweep sends work again, and doorbells only
	// save time. So the queues need not compete with the log for the disk.
	q, err := loopsqs.Start(ctx, loopsqs.Config{
		Dir: filepath.Join(cfg.Dir, "sqs"), Region: cfg.Region, Chaos: cfg.Chaos, NoSync: true, Now: cfg.Now, Log: cfg.Log,
	})
	if err != nil {
		return err
	}
	s.queues, s.SQSEndpoint = q, q.URL()
	s.watch("the queue server", q.Done(), q.Err)
	return nil
}

// watch reports the first part that ends before Close.
func (s *Stack) watch(name string, done <-chan struct{}, cause func() error) {
	s.watched.Go(func() {
		select {
		case <-s.closing:
			return
		case <-done:
		}
		select {
		case <-s.closing:
			return // it ended because we closed
		default:
		}
		s.died.Do(func() {
			s.err = fmt.Errorf("%s ended: %w", name, cause())
			close(s.done)
		})
	})
}

// EnsureAppRole makes the role of DatabaseURL on an embedded server, once the migrations have run. On a
// server that was given, roles are its operator's.
func (s *Stack) EnsureAppRole(ctx context.Context) error {
	if s.postgres == nil {
		return nil
	}
	return s.postgres.EnsureAppRole(ctx)
}

// CreateDatabase makes an empty database on an embedded server and returns its owner's URL; for measurements that must not
// touch the contest.
func (s *Stack) CreateDatabase(ctx context.Context, name string) (string, error) {
	if s.postgres == nil {
		return "", errGivenServer
	}
	return s.postgres.CreateDatabase(ctx, name)
}

// errGivenServer refuses to make a database on a server that is not ours.
var errGivenServer = errors.New("the database server is not an embedded one")

// Done is closed when a part has died by itself. The rest still runs; the caller should Close.
func (s *Stack) Done() <-chan struct{} { return s.done }

// Err says which part died and how. It waits for Done.
func (s *Stack) Err() error {
	<-s.done
	return s.err
}

// Close stops the parts, the database last, each within its own deadline (25 s at worst for PostgreSQL).
// Nothing may use them any more.
func (s *Stack) Close(ctx context.Context) error {
	var errs []error
	s.once.Do(func() {
		close(s.closing)
		s.watched.Wait()
		if s.queues != nil {
			errs = append(errs, s.queues.Close(ctx))
		}
		if s.gateway != nil {
			errs = append(errs, s.gateway.Stop())
		}
		if s.postgres != nil {
			errs = append(errs, s.postgres.Stop())
		}
	})
	return errors.Join(errs...)
}
