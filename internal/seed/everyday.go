package seed

import (
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/rising-stars/showcase/events"
)

var (
	cities = []string{
		"Bogotá", "Medellín", "Cali", "Barranquilla", "Cartagena", "Bucaramanga", "Pereira", "Manizales", "Cúcuta", "Ibagué",
		"Santa Marta", "Villavicencio",
	}
	firstNames = []string{
		"Ana", "Luis", "Camila", "Andrés", "Valentina", "Juan", "Sofía", "Carlos", "Isabella", "Mateo", "Daniela", "Samuel",
		"Mariana", "Santiago", "Gabriela", "Nicolás", "Laura", "David", "Paula", "Sebastián",
	}
	lastNames = []string{
		"Ríos", "Gómez", "Peña", "Rodríguez", "Martínez", "Quintero", "Ospina", "Torres", "Castaño", "Vargas", "Muñoz",
		"Córdoba", "Mosquera", "Restrepo", "Salazar", "Zapata", "Cárdenas", "Ramírez", "Suárez", "León",
	}
)

// The shape of the crowd.
const (
	playersIn   = 0.15 // share of the log in which all players have come
	secondVideo = 0.2  // share of players with two
	rejected    = 0.04 // share of videos that are no good
	fresh       = 0.6  // share of ballots by people who came lately
	popularity  = 2    // how uneven: how many random numbers a choice multiplies
	visitors    = 0.4  // share of voters who vote once
	regulars    = 20   // who come before any visitor
	maxTries    = 8    // at finding a ballot that was not cast yet
)

func (l *Log) contest() events.Event {
	return events.ContestCreated{ContestID: l.cfg.Contest, Settings: events.ContestSettings{
		Name: "ANB Rising Stars Showcase", Cities: slices.Clone(cities), OpensAt: l.clock.start, ClosesAt: l.clock.end(),
		VoteGoal: 3000, FinalistsPerCity: 5,
	}}
}

// everyday queues what an honest crowd does next.
func (l *Log) everyday(share float64) error {
	playersDue := int(min(1, share/playersIn)*float64(l.cfg.Players)) + 1
	votersDue := int(share*float64(l.cfg.Voters)) + 2
	switch {
	case len(l.players) < min(playersDue, l.cfg.Players):
		return l.newPlayer()
	case l.came < votersDue, len(l.videos) == 0:
		return l.somebodyComes()
	}
	for range maxTries {
		v := l.someVoter()
		if l.vote(v, l.someVideo(), nil) {
			return nil
		}
	}
	return l.somebodyComes()
}

// somebodyComes signs up a voter who stays, or one who came for a friend, votes within some minutes and is not seen again.
func (l *Log) somebodyComes() error {
	l.came++
	v, err := l.newVoter(l.digest())
	if l.came <= regulars || l.rng.Float64() >= visitors {
		l.voters = append(l.voters, v)
		return err
	}
	l.later(20*time.Second+time.Duration(l.rng.Int64N(int64(9*time.Minute))), func() { l.vote(v, l.someVideo(), nil) })
	return err
}

// later plans what happens within minutes.
func (l *Log) later(after time.Duration, do func()) {
	at := l.at.Add(after)
	i, _ := slices.BinarySearchFunc(l.soon, at, func(p planned, at time.Time) int { return p.at.Compare(at) })
	l.soon = slices.Insert(l.soon, i, planned{at, func() error {
		do()
		return nil
	}})
}

func (l *Log) someVoter() *voter {
	n := len(l.voters)
	if l.rng.Float64() < fresh {
		return l.voters[n-1-l.rng.IntN(max(1, n/20))]
	}
	return l.voters[l.rng.IntN(n)]
}

func (l *Log) someVideo() int {
	u := l.rng.Float64()
	for range popularity - 1 {
		u *= l.rng.Float64()
	}
	return min(int(u*float64(len(l.videos))), len(l.videos)-1)
}

// vote queues a ballot; false when it was cast before.
func (l *Log) vote(v *voter, video int, then func(position int64)) bool {
	if slices.Contains(v.voted, uint32(video)) {
		return false
	}
	v.voted = append(v.voted, uint32(video))
	e := l.videos[video]
	l.pending = append(l.pending, step{
		stream: events.BallotStream(v.id, e.id), version: 1,
		meta: events.Metadata{Actor: v.id, AddressDigest: v.address},
		fact: events.BallotCast{VoterID: v.id, VideoID: e.id}, then: then,
	})
	return true
}

// digest stands for the address of a household or of an office.
func (l *Log) digest() string {
	if n := len(l.voters); n > 4 && l.rng.IntN(3) == 0 {
		return l.voters[n-1-l.rng.IntN(4)].address
	}
	var b [16]byte
	_, _ = l.raw.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// account queues a sign-up.
func (l *Log) account(city string, then func(position int64)) (player, error) {
	id := l.id()
	key, err := l.cfg.Vault.MakeKey(id, l.raw)
	if err != nil {
		return player{}, err
	}
	l.keys = append(l.keys, key)
	n := len(l.keys)
	email := "person" + strconv.Itoa(n) + "@seed.example"
	l.pending = append(l.pending, step{
		stream: events.AccountStream(l.cfg.Vault.EmailMAC(email)), version: 1, key: &key, then: then,
		fact: events.AccountRegistered{
			AccountID: id, City: city, Country: "Colombia",
			Person: events.Open(events.Person{
				FirstName: firstNames[l.rng.IntN(len(firstNames))],
				LastName:  lastNames[l.rng.IntN(len(lastNames))] + " " + lastNames[l.rng.IntN(len(lastNames))],
			}),
			Credentials: events.Open(events.Credentials{Email: email, PasswordHash: "none"}),
		},
	})
	return player{id, key}, nil
}

func (l *Log) newVoter(address string) (*voter, error) {
	p, err := l.account(cities[l.rng.IntN(len(cities))], nil)
	return &voter{id: p.id, address: address}, err
}

func (l *Log) newPlayer() error {
	p, err := l.account(cities[len(l.players)%len(cities)], nil)
	if err != nil {
		return err
	}
	l.players = append(l.players, &p)
	l.newVideo(&p)
	if l.rng.Float64() < secondVideo {
		l.newVideo(&p)
	}
	return nil
}

// newVideo queues a video's way to the public, or to its rejection. Only the first is ready at once.
func (l *Log) newVideo(p *player) {
	id := l.id()
	stream := events.VideoStream(id)
	version := int64(0)
	add := func(fact events.Event, then func(int64)) {
		version++
		l.pending = append(l.pending, step{stream: stream, version: version, fact: fact, key: &p.key, then: then})
	}
	object := func(name string) events.Object {
		return events.Object{Key: fmt.Sprintf("seed/%s/%s", id, name), Bytes: 1 << 20, SHA256: hex.EncodeToString(id[:])}
	}
	add(events.VideoSubmitted{
		VideoID: id, OwnerID: p.id, Title: events.Open("Mi mejor jugada"), Public: true, Original: object("original.mp4"),
		DurationMS: 20_000 + int64(l.rng.IntN(40_000)), Width: 1920, Height: 1080,
	}, nil)
	good := l.rng.Float64() >= rejected
	ready := func() { l.finishVideo(id, p.id, add, object, good || len(l.videos) == 0) }
	if len(l.videos) == 0 {
		ready()
		return
	}
	waits := 20 + 40*l.rng.ExpFloat64() + 300*math.Pow(l.rng.Float64(), 12) // seconds
	l.later(time.Duration(min(waits, 3600)*1e6)*time.Microsecond, ready)
}

func (l *Log) finishVideo(id, owner events.ID, add func(events.Event, func(int64)), object func(string) events.Object, good bool) {
	add(events.VideoProcessingStarted{VideoID: id, Attempt: 1, Worker: "seed"}, nil)
	if !good {
		add(events.VideoRejected{
			VideoID: id, Attempt: 1, Code: "video.corrupt", ReasonES: "El archivo está dañado.", ReasonEN: "The file is damaged.",
		}, nil)
		return
	}
	add(events.VideoProcessed{
		VideoID: id, Attempt: 1, Pipeline: "seed", Clip: object("clip.mp4"), Preview: object("preview.mp4"),
		PosterJPEG: object("poster.jpg"), PosterWebP: object("poster.webp"), DurationMS: 35_000, CPUMS: 9_000,
	}, nil)
	add(events.VideoPublished{VideoID: id}, func(int64) { l.videos = append(l.videos, entry{id, owner}) })
}
