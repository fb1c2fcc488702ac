package command

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/rising-stars/showcase/aggregates/contest"
	"github.com/rising-stars/showcase/events"
)

const (
	// factsAge is how long a vote may be decided on what was known of a video or the contest. A withdrawal or a new
	// closing time takes hold on every instance within it.
	factsAge = time.Second
	// maxFacts bounds the videos remembered; when they are more, all are forgotten and asked again.
	maxFacts = 10_000
)

// Videos tells what a vote reads of a video.
type Videos interface {
	VideoFacts(ctx context.Context, id events.ID) (VideoFacts, error)
}

// VideoFacts is what a vote reads of a video. The zero value is a video that nobody can vote for.
type VideoFacts struct {
	Owner   events.ID
	Votable bool
}

// facts remembers, for a moment, what votes are decided on, so that a vote costs one round trip and a popular video
// one query a second. Only videos that are open for voting are remembered: a new one can be voted for at once.
type facts struct {
	now     func() time.Time
	videos  Videos
	log     Log
	contest events.ID
	asks    *singleflight.Group

	mu       *sync.RWMutex
	known    map[events.ID]knownVideo
	settings *knownContest
}

type knownVideo struct {
	facts VideoFacts
	until time.Time
}

type knownContest struct {
	state contest.State
	until time.Time
}

func newFacts(c Config) *facts {
	return &facts{
		now: c.Now, videos: c.Videos, log: c.Log, contest: c.ContestID,
		asks: &singleflight.Group{}, mu: &sync.RWMutex{}, known: map[events.ID]knownVideo{}, settings: &knownContest{},
	}
}

func (f *facts) ofVideo(ctx context.Context, id events.ID) (VideoFacts, error) {
	f.mu.RLock()
	k, ok := f.known[id]
	f.mu.RUnlock()
	if ok && f.now().Before(k.until) {
		return k.facts, nil
	}
	v, err, _ := f.asks.Do(id.String(), func() (any, error) {
		found, err := f.videos.VideoFacts(context.WithoutCancel(ctx), id)
		if err != nil {
			return VideoFacts{}, fmt.Errorf("read facts of video %s: %w", id, err)
		}
		f.remember(id, found)
		return found, nil
	})
	if err != nil {
		return VideoFacts{}, err
	}
	return v.(VideoFacts), nil //nolint:errcheck,forcetypeassert // the function above returns nothing else
}

func (f *facts) remember(id events.ID, v VideoFacts) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !v.Votable {
		delete(f.known, id)
		return
	}
	if len(f.known) >= maxFacts {
		clear(f.known)
	}
	f.known[id] = knownVideo{facts: v, until: f.now().Add(factsAge)}
}

func (f *facts) ofContest(ctx context.Context) (contest.State, error) {
	f.mu.RLock()
	k := *f.settings
	f.mu.RUnlock()
	if f.now().Before(k.until) {
		return k.state, nil
	}
	v, err, _ := f.asks.Do("contest", func() (any, error) {
		state, _, err := load[contest.State, events.Contest](context.WithoutCancel(ctx), f.log, events.ContestStream(f.contest))
		if err != nil {
			return contest.State{}, err
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		*f.settings = knownContest{state: state, until: f.now().Add(factsAge)}
		return state, nil
	})
	if err != nil {
		return contest.State{}, err
	}
	return v.(contest.State), nil //nolint:errcheck,forcetypeassert // the function above returns nothing else
}

// forgetVideo makes this instance ask for a video anew, after it changed it.
func (f *facts) forgetVideo(id events.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.known, id)
}

// forgetContest makes this instance read the settings anew, after it changed them.
func (f *facts) forgetContest() {
	f.mu.Lock()
	defer f.mu.Unlock()
	*f.settings = knownContest{}
}
