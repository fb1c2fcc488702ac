package analysis

import (
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/cityname"
)

// Count folds a log, in order, under a rule. Ballots that the ledger voids do not count under any rule.
type Count struct {
	rule   Rule
	void   map[int64]bool
	bursts *Bursts // nil when the rule needs none

	videos   map[events.ID]*Video
	people   map[events.ID]*account
	cast     map[events.ID]int // ballots of each voter that count; kept when the rule has a cap
	removed  map[events.ID]int64
	cityKeys map[string]string
	settings events.ContestSettings
	position int64
	classes  map[events.ID]map[int64]int64 // video → weight → ballots; kept when the rule has weights
	onRemove func(*Ballot)
}

type account struct {
	Person
	at      time.Time
	cityKey string
	erased  bool
}

// NewCount starts a count. void are the positions of ballots that do not count. bursts, needed by some rules, knows all
// ballots beforehand. onRemove, which may be nil, is told of every ballot that the rule leaves out.
func NewCount(rule Rule, void map[int64]bool, bursts *Bursts, onRemove func(*Ballot)) *Count {
	c := &Count{
		rule: rule, void: void, bursts: bursts, onRemove: onRemove,
		videos: map[events.ID]*Video{}, people: map[events.ID]*account{}, removed: map[events.ID]int64{}, cityKeys: map[string]string{},
	}
	if rule.CapPerVoter > 0 {
		c.cast = map[events.ID]int{}
	}
	if len(rule.Weights) > 0 {
		c.classes = map[events.ID]map[int64]int64{}
	}
	return c
}

// Event folds a fact of any kind.
func (c *Count) Event(r events.Recorded) {
	if f, ok := r.Event.(events.BallotCast); ok {
		c.Ballot(&Ballot{
			Position: r.Position, At: r.RecordedAt, ID: r.ID, Voter: f.VoterID, Video: f.VideoID, Address: r.Meta.AddressDigest,
		})
		return
	}
	c.Fact(r)
}

// Fact folds any fact but a ballot.
func (c *Count) Fact(r events.Recorded) {
	c.position = r.Position
	switch f := r.Event.(type) {
	case events.Account:
		c.account(r, f)
	case events.Video:
		c.video(f)
	case events.Contest:
		c.contest(f)
	}
}

func (c *Count) account(r events.Recorded, fact events.Account) {
	switch f := fact.(type) {
	case events.AccountRegistered:
		c.people[f.AccountID] = &account{
			Person: Person{City: f.City, Joined: r.Position, NameAt: r.Position}, at: r.RecordedAt, cityKey: c.cityKey(f.City),
		}
	case events.AccountProfileChanged:
		if a := c.people[f.AccountID]; a != nil {
			a.City, a.NameAt, a.cityKey = f.City, r.Position, c.cityKey(f.City)
		}
	case events.AccountErased:
		if a := c.people[f.AccountID]; a != nil {
			a.erased = true
		}
	case events.AccountPasswordChanged, events.AccountRoleGranted, events.AccountRoleRevoked: // nothing to count
	}
}

func (c *Count) cityKey(city string) string {
	key, ok := c.cityKeys[city]
	if !ok {
		key = cityname.Key(city)
		c.cityKeys[city] = key
	}
	return key
}

func (c *Count) video(fact events.Video) {
	switch f := fact.(type) {
	case events.VideoSubmitted:
		c.videos[f.VideoID] = &Video{Owner: f.OwnerID}
	case events.VideoPublished:
		c.publish(f.VideoID, true)
	case events.VideoWithdrawn:
		c.publish(f.VideoID, false)
	case events.VideoDeleted:
		c.publish(f.VideoID, false)
	case events.VideoProcessingStarted, events.VideoAttemptFailed, events.VideoProcessed,
		events.VideoRejected, events.VideoFailed, events.VideoReprocessOrdered: // nothing to count
	}
}

func (c *Count) publish(id events.ID, public bool) {
	if v := c.videos[id]; v != nil {
		v.Public = public
	}
}

func (c *Count) contest(fact events.Contest) {
	switch f := fact.(type) {
	case events.ContestCreated:
		c.settings = f.Settings
	case events.ContestChanged:
		c.settings = f.Settings
	}
}

// Ballot folds a vote. The caller may use b again afterwards.
func (c *Count) Ballot(b *Ballot) {
	c.position = b.Position
	v := c.videos[b.Video]
	if v == nil || c.void[b.Position] {
		return
	}
	if len(c.rule.Exclude)+len(c.rule.Weights) > 0 {
		c.describe(b, v)
	}
	if c.rule.excludes(b) || c.capped(b.Voter) {
		c.removed[v.Owner]++
		if c.onRemove != nil {
			c.onRemove(b)
		}
		return
	}
	votes := c.rule.weight(b)
	if c.classes != nil {
		if c.classes[b.Video] == nil {
			c.classes[b.Video] = map[int64]int64{}
		}
		c.classes[b.Video][votes]++
	}
	if votes > 0 {
		v.Votes += votes
		v.Reached = b.Position
	}
}

func (c *Count) capped(voter events.ID) bool {
	if c.cast == nil {
		return false
	}
	c.cast[voter]++
	return c.cast[voter] > c.rule.CapPerVoter
}

// describe looks up what conditions read.
func (c *Count) describe(b *Ballot, v *Video) {
	b.age, b.voterCity, b.playerCity, b.burst = 1<<62, "", "", 0
	if a := c.people[b.Voter]; a != nil {
		b.age, b.voterCity = b.At.Sub(a.at), a.cityKey
	}
	if a := c.people[v.Owner]; a != nil {
		b.playerCity = a.cityKey
	}
	if c.bursts != nil {
		b.burst = c.bursts.Score(b.Video, b.At)
	}
}

// Result is what a count came to.
type Result struct {
	Position  int64
	Lines     []Line
	Removed   map[events.ID]int64 // ballots that the rule left out, per player
	Finalists int                 // per city
	Classes   map[events.ID]map[int64]int64
	Ties      []Tie
}

// Result ends the count.
func (c *Count) Result() Result {
	r := c.result(c.videos)
	r.Removed = c.removed
	return r
}

func (c *Count) result(videos map[events.ID]*Video) Result {
	people := make(map[events.ID]Person, len(c.videos))
	for _, v := range videos {
		if a := c.people[v.Owner]; a != nil && !a.erased {
			people[v.Owner] = a.Person
		}
	}
	r := Result{
		Position: c.position, Lines: Rank(videos, people, c.rule.OrderOfTies()),
		Finalists: c.settings.FinalistsPerCity, Ties: c.rule.OrderOfTies(),
	}
	if c.rule.FinalistsPerCity > 0 {
		r.Finalists = c.rule.FinalistsPerCity
	}
	if c.classes != nil {
		r.Classes = c.classesPerPlayer()
	}
	return r
}

func (c *Count) classesPerPlayer() map[events.ID]map[int64]int64 {
	all := map[events.ID]map[int64]int64{}
	for id, classes := range c.classes {
		v := c.videos[id]
		if !v.Public {
			continue
		}
		if all[v.Owner] == nil {
			all[v.Owner] = map[int64]int64{}
		}
		for weight, n := range classes {
			all[v.Owner][weight] += n
		}
	}
	return all
}

// Videos are the counted videos of living players.
func (c *Count) Videos() map[events.ID]Video {
	videos := make(map[events.ID]Video, len(c.videos))
	for id, v := range c.videos {
		if a := c.people[v.Owner]; a != nil && !a.erased {
			videos[id] = *v
		}
	}
	return videos
}
