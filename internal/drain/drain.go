package drain

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"

	"github.com/rising-stars/showcase/internal/pause"
)

// Defaults of Config.
const (
	DefaultPoll      = 5 * time.Second
	DefaultQuiet     = 2 * time.Minute
	DefaultHeartbeat = 5 * time.Minute
)

const (
	callTimeout  = 5 * time.Second // for one question to the metadata or to Auto Scaling
	maxMetadata  = 1 << 10         // bytes of an answer of the metadata
	completions  = 5               // tries to complete the lifecycle action; after them the hook's own time ends it
	stateLeaving = "Terminated"    // the target state of an instance that is to go
)

// Config says which group the worker is in. Fields without a word about their absence are required.
type Config struct {
	AWS       aws.Config // for Auto Scaling and the instance's metadata
	Group     string
	Hook      string        // of termination; empty: the group has none
	Poll      time.Duration // between two looks at the metadata, and between two tries of what failed; 0: DefaultPoll
	Quiet     time.Duration // how long protection outlives the last job; 0: DefaultQuiet
	Heartbeat time.Duration // between two signs of life while draining; 0: DefaultHeartbeat
	Log       *slog.Logger
}

// Guard keeps one worker's jobs. Make it with New, run it once.
type Guard struct {
	cfg      Config
	metadata *imds.Client
	group    *autoscaling.Client

	mu      sync.Mutex
	running int
	ended   time.Time // monotonic; of the last job
	changed chan struct{}
	leaving chan struct{} // closed once the instance is to go
	once    sync.Once

	instance string // known once Run has found it
}

// New makes a Guard. It asks nobody yet. Only the second version of the metadata service is spoken to.
func New(c Config) *Guard {
	for field, value := range map[*time.Duration]time.Duration{&c.Poll: DefaultPoll, &c.Quiet: DefaultQuiet, &c.Heartbeat: DefaultHeartbeat} {
		if *field == 0 {
			*field = value
		}
	}
	return &Guard{
		cfg:      c,
		metadata: imds.NewFromConfig(c.AWS, func(o *imds.Options) { o.EnableFallback = aws.FalseTernary }),
		group:    autoscaling.NewFromConfig(c.AWS),
		changed:  make(chan struct{}, 1), leaving: make(chan struct{}),
	}
}

// Hold says that a job runs until release is called.
func (g *Guard) Hold() (release func()) {
	g.count(1)
	return sync.OnceFunc(func() { g.count(-1) })
}

func (g *Guard) count(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running += n
	g.ended = time.Now() //nolint:forbidigo // how long nothing has run, never a moment in the contest
	select {
	case g.changed <- struct{}{}:
	default:
	}
}

// Run works until the context ends or the instance is to go; work must then end its jobs in order and return. After an
// end of the second kind Run completes the lifecycle action and waits for the context.
func (g *Guard) Run(ctx context.Context, work func(context.Context) error) error {
	if err := g.find(ctx); err != nil {
		return nil // the context has ended before anything was begun
	}
	g.look(ctx)
	working, stop := context.WithCancel(ctx)
	defer stop()
	watching, unwatch := context.WithCancel(context.WithoutCancel(ctx)) // it goes on while jobs end
	var watchers sync.WaitGroup
	watchers.Go(func() { g.watch(watching, stop) })
	watchers.Go(func() { g.protect(watching) })
	var err error
	if !g.isLeaving() {
		err = work(working)
	}
	unwatch()
	watchers.Wait()
	if err != nil {
		return err
	}
	g.leave(context.WithoutCancel(ctx))
	<-ctx.Done()
	return nil
}

// find asks for the instance's id until it is known.
func (g *Guard) find(ctx context.Context) error {
	for failures := 0; ; failures++ {
		id, err := g.ask(ctx, "instance-id")
		if err == nil {
			g.instance = id
			return nil
		}
		if failures == 0 {
			g.cfg.Log.LogAttrs(ctx, slog.LevelError, "instance does not know its id; no job is taken", slog.Any("error", err))
		}
		if err := pause.For(ctx, g.cfg.Poll); err != nil {
			return err
		}
	}
}

// ask is an answer of the metadata service.
func (g *Guard) ask(ctx context.Context, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	out, err := g.metadata.GetMetadata(ctx, &imds.GetMetadataInput{Path: path})
	if err != nil {
		return "", fmt.Errorf("ask the metadata for %s: %w", path, err)
	}
	defer out.Content.Close()
	text, err := io.ReadAll(io.LimitReader(out.Content, maxMetadata))
	if err != nil {
		return "", fmt.Errorf("read %s of the metadata: %w", path, err)
	}
	return strings.TrimSpace(string(text)), nil
}

// look asks whether the instance is to go. What is not known changes nothing.
func (g *Guard) look(ctx context.Context) {
	state, err := g.ask(ctx, "autoscaling/target-lifecycle-state")
	if err != nil {
		g.cfg.Log.LogAttrs(ctx, slog.LevelDebug, "lifecycle not known", slog.Any("error", err))
		return
	}
	if state == stateLeaving {
		g.once.Do(func() {
			g.cfg.Log.LogAttrs(ctx, slog.LevelInfo, "instance is to go; no more jobs are taken", slog.String("instance_id", g.instance))
			close(g.leaving)
		})
	}
}

func (g *Guard) isLeaving() bool {
	select {
	case <-g.leaving:
		return true
	default:
		return false
	}
}

// watch looks until ctx ends; when the instance is to go it calls stop, and then gives signs of life.
func (g *Guard) watch(ctx context.Context, stop func()) {
	for !g.isLeaving() {
		if pause.For(ctx, g.cfg.Poll) != nil {
			return
		}
		g.look(ctx)
	}
	stop()
	for pause.For(ctx, g.cfg.Heartbeat) == nil {
		if g.cfg.Hook == "" {
			continue
		}
		err := g.call(ctx, func(ctx context.Context) error {
			_, err := g.group.RecordLifecycleActionHeartbeat(ctx, &autoscaling.RecordLifecycleActionHeartbeatInput{
				AutoScalingGroupName: &g.cfg.Group, LifecycleHookName: &g.cfg.Hook, InstanceId: &g.instance,
			})
			return err
		})
		if err != nil && ctx.Err() == nil {
			g.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "no sign of life given", slog.Any("error", err))
		}
	}
}

// leave says that nothing runs any more: to the hook of an instance that is to go, else by taking protection back.
func (g *Guard) leave(ctx context.Context) {
	g.look(ctx)
	if !g.isLeaving() {
		if err := g.setProtection(ctx, false); err != nil {
			g.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "protection not taken back", slog.Any("error", err))
		}
		return
	}
	for range completions {
		err := g.complete(ctx)
		if err == nil {
			g.cfg.Log.LogAttrs(ctx, slog.LevelInfo, "instance may go", slog.String("instance_id", g.instance))
			return
		}
		g.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "lifecycle action not completed", slog.Any("error", err))
		if pause.For(ctx, g.cfg.Poll) != nil {
			return
		}
	}
}

func (g *Guard) complete(ctx context.Context) error {
	if g.cfg.Hook == "" {
		return nil
	}
	return g.call(ctx, func(ctx context.Context) error {
		_, err := g.group.CompleteLifecycleAction(ctx, &autoscaling.CompleteLifecycleActionInput{
			AutoScalingGroupName: &g.cfg.Group, LifecycleHookName: &g.cfg.Hook, InstanceId: &g.instance,
			LifecycleActionResult: aws.String("CONTINUE"),
		})
		return err
	})
}

func (g *Guard) call(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if err := do(ctx); err != nil {
		return fmt.Errorf("ask Auto Scaling: %w", err)
	}
	return nil
}
