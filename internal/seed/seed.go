// Package seed makes a whole contest's log at once: players, voters, ballots over weeks, and fraud where it is asked for.
// The same Config gives the same log, byte by byte. It is for measurements and for learning; nobody can sign in to its
// accounts.
//
// It writes into an empty database only, past the function that guards the log, and so needs the schema's owner.
package seed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/vault"
)

// Limits of Config.
const (
	MinEvents = 1_000
	MaxEvents = 100_000_000
	MaxDays   = 366
)

// Config says what to make. The zero value of Players, Voters and Days means a number that suits Events.
type Config struct {
	Events  int64
	Players int // with one video each, or two
	Voters  int
	Days    int
	Seed    uint64
	Start   time.Time
	Fraud   []string // of Kinds
	Contest events.ID
	Vault   *vault.Vault
}

// ErrConfig says that a setting is out of its limits.
var ErrConfig = errors.New("setting is out of its limits")

func (c Config) withDefaults() (Config, error) {
	if c.Events < MinEvents || c.Events > MaxEvents {
		return c, fmt.Errorf("%w: events from %d to %d", ErrConfig, MinEvents, MaxEvents)
	}
	if c.Players == 0 {
		c.Players = int(min(max(c.Events/2000, 24), 4000))
	}
	if c.Voters == 0 {
		c.Voters = int(c.Events / 16)
	}
	if c.Days == 0 {
		c.Days = 21
	}
	if c.Players < 1 || c.Voters < 1 || c.Days < 1 || c.Days > MaxDays || int64(8*c.Players+c.Voters) > c.Events*3/4 {
		return c, fmt.Errorf("%w: %d players and %d voters in %d events over %d days", ErrConfig, c.Players, c.Voters, c.Events, c.Days)
	}
	for _, kind := range c.Fraud {
		if !slices.Contains(Kinds, kind) {
			return c, fmt.Errorf("%w: there is no fraud %q; there are %v", ErrConfig, kind, Kinds)
		}
	}
	return c, nil
}

// Row is one event as the table holds it.
type Row struct {
	Position, Version int64
	At                time.Time
	ID                events.ID
	Schema            int16
	Stream, Type      string
	Data, Meta        []byte
}

// Log is a log in the making: Next gives its events in order, and Keys what was made for them so far.
type Log struct {
	cfg   Config
	rng   *rand.Rand
	raw   *rand.ChaCha8
	clock clock

	position int64
	at       time.Time // of the newest event
	pending  []step    // facts that come next, whatever else is due
	plans    []planned // by time: fraud and waves
	soon     []planned // by time: what visitors came for
	keys     []vault.NewAccountKey

	players []*player
	videos  []entry  // open for voting, in order of opening
	voters  []*voter // who come back
	came    int      // voters in all
	truth   []Campaign
}

type step struct {
	stream  string
	version int64
	meta    events.Metadata
	fact    events.Event
	key     *vault.NewAccountKey
	then    func(position int64)
}

type entry struct {
	id, owner events.ID
}

type player struct {
	id  events.ID
	key vault.NewAccountKey
}

type voter struct {
	id      events.ID
	address string
	voted   []uint32 // indexes of videos
}

// New starts a log.
func New(cfg Config) (*Log, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], cfg.Seed)
	raw := rand.NewChaCha8(seed)
	l := &Log{cfg: cfg, raw: raw, rng: rand.New(raw), clock: newClock(cfg.Start, cfg.Days)} //nolint:gosec // the same log again is what is asked for
	l.pending = append(l.pending, step{
		stream: events.ContestStream(cfg.Contest), version: 1, fact: l.contest(),
	})
	l.planFraud()
	l.planWaves()
	slices.SortStableFunc(l.plans, func(a, b planned) int { return a.at.Compare(b.at) })
	return l, nil
}

// Size is how many events the log will have.
func (l *Log) Size() int64 { return l.cfg.Events }

// Truth is the fraud that was planted, complete once the last event was taken.
func (l *Log) Truth() []Campaign { return l.truth }

// Keys are the keys of the accounts so far.
func (l *Log) Keys() []vault.NewAccountKey { return l.keys }

// Next is the next event; false after the last.
func (l *Log) Next() (Row, bool, error) {
	if l.position == l.cfg.Events {
		return Row{}, false, nil
	}
	share := (float64(l.position) + l.rng.Float64()) / float64(l.cfg.Events)
	at := l.clock.at(share)
	if len(l.pending) == 0 {
		if next, ok := l.due(at); ok {
			at = next.at
			if err := next.plant(); err != nil {
				return Row{}, false, err
			}
		}
	}
	if len(l.pending) == 0 {
		if err := l.everyday(share); err != nil {
			return Row{}, false, err
		}
	}
	if at.After(l.at) {
		l.at = at
	}
	next := l.pending[0]
	l.pending = l.pending[1:]
	row, err := l.row(next)
	return row, err == nil, err
}

// due takes the plan whose time has come first.
func (l *Log) due(at time.Time) (planned, bool) {
	from := &l.plans
	if len(l.plans) == 0 || len(l.soon) > 0 && l.soon[0].at.Before(l.plans[0].at) {
		from = &l.soon
	}
	if len(*from) == 0 || len(l.videos) == 0 || (*from)[0].at.After(at) {
		return planned{}, false
	}
	next := (*from)[0]
	*from = (*from)[1:]
	return next, true
}

func (l *Log) row(s step) (Row, error) {
	l.position++
	fact := s.fact
	if personal, ok := fact.(events.Personal); ok {
		sealed, err := s.key.Seal(personal)
		if err != nil {
			return Row{}, err
		}
		fact = sealed
	}
	r := Row{Position: l.position, Version: s.version, At: l.at, ID: l.id(), Stream: s.stream}
	var err error
	r.Type, r.Schema, r.Data, err = marshal(fact)
	if err != nil {
		return Row{}, err
	}
	r.Meta = metadata(s.meta)
	if s.then != nil {
		s.then(l.position)
	}
	return r, nil
}

// id is a version 7 UUID of the log's own time and chance.
func (l *Log) id() events.ID {
	var id events.ID
	binary.BigEndian.PutUint64(id[0:], uint64(l.at.UnixMilli())<<16|uint64(l.rng.Uint32()&0x0fff)|0x7000)
	binary.BigEndian.PutUint64(id[8:], l.rng.Uint64()>>2|1<<63)
	return id
}
