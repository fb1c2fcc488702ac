// Package logtest draws random logs as the aggregates would let them come about, for tests of whatever folds a log. It
// asserts nothing.
package logtest

import (
	"fmt"
	"maps"
	"time"

	"pgregory.net/rapid"

	"github.com/rising-stars/showcase/events"
)

// world draws a random log as the aggregates would let it come about: ballots for published videos, erasures that end
// an account's own facts, videos in every stage.
type world struct {
	t        *rapid.T
	log      []events.Recorded
	accounts []events.ID
	erased   map[events.ID]bool
	videos   []*entry
	cast     map[[2]events.ID]bool
	ballots  []events.Recorded
	acts     []events.BallotsVoided // that stand
	void     map[int64]events.ID    // position of a ballot → act
	next     uint32
}

type entry struct {
	id, owner events.ID
	stage     string // submitted, processed, published, rejected, failed, withdrawn, deleted
	public    bool
	again     bool // an organiser ordered another run, whose result is not there yet
}

var (
	start  = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	cities = []string{"Bogotá", "BOGOTA", "Cali", "Medellín", "São Paulo"}
)

// Draw is a log of up to some hundred facts, with acts of the ledger in it. Personal values are open.
func Draw(t *rapid.T) []events.Recorded {
	w := &world{t: t, erased: map[events.ID]bool{}, cast: map[[2]events.ID]bool{}, void: map[int64]events.ID{}}
	steps := rapid.IntRange(1, 400).Draw(t, "steps")
	for range steps {
		w.step()
	}
	return w.log
}

func (w *world) step() {
	switch n := rapid.IntRange(0, 99).Draw(w.t, "step"); {
	case n < 8:
		w.register()
	case n < 20:
		w.submit()
	case n < 45:
		w.advance()
	case n < 90:
		w.vote()
	case n < 91:
		w.amend()
	case n < 92:
		w.organise()
	case n < 96:
		w.rename()
	default:
		w.erase()
	}
}

func (w *world) id() events.ID {
	w.next++
	return events.ID{byte(w.next * 37), byte(w.next >> 8), byte(w.next), 0xff} // not in order of creation
}

func (w *world) add(stream string, e events.Event) {
	n := int64(len(w.log) + 1)
	w.log = append(w.log, events.Recorded{
		Position: n, Stream: stream, Version: 1, ID: w.id(), Event: e,
		RecordedAt: start.Add(time.Duration(n) * 7 * time.Minute),
	})
}

func (w *world) living() (events.ID, bool) {
	var list []events.ID
	for _, id := range w.accounts {
		if !w.erased[id] {
			list = append(list, id)
		}
	}
	if len(list) == 0 {
		return events.ID{}, false
	}
	return rapid.SampledFrom(list).Draw(w.t, "account"), true
}

func (w *world) register() {
	id := w.id()
	w.accounts = append(w.accounts, id)
	w.add("account-"+id.String(), events.AccountRegistered{
		AccountID: id, City: rapid.SampledFrom(cities).Draw(w.t, "city"), Country: "Colombia",
		Person:      events.Open(events.Person{FirstName: fmt.Sprint("P", len(w.accounts)), LastName: "Q"}),
		Credentials: events.Open(events.Credentials{Email: id.String() + "@example.com", PasswordHash: "h"}),
	})
}

func (w *world) rename() {
	if id, ok := w.living(); ok {
		w.add("account-"+id.String(), events.AccountProfileChanged{
			AccountID: id, City: rapid.SampledFrom(cities).Draw(w.t, "city"), Country: "Colombia",
			Person: events.Open(events.Person{FirstName: fmt.Sprint("R", len(w.log)), LastName: "S"}),
		})
	}
}

// organise is one of the acts that no ranking is made of.
func (w *world) organise() {
	switch id, ok := w.living(); rapid.IntRange(0, 3).Draw(w.t, "act") {
	case 0:
		w.add(events.OperationStream(Contest), events.QueueRedriveOrdered{ContestID: Contest, Queue: "transcode", Reason: "r"})
	case 1:
		w.add(events.ContestStream(Contest), events.ContestChanged{ContestID: Contest, Settings: events.ContestSettings{Name: "c"}, Reason: "r"})
	case 2:
		if ok {
			w.add("account-"+id.String(), events.AccountRoleGranted{AccountID: id, Role: events.RoleOrganiser, Reason: "r"})
		}
	case 3:
		if ok {
			w.add("account-"+id.String(), events.AccountRoleRevoked{AccountID: id, Role: events.RoleOrganiser, Reason: "r"})
		}
	}
}

func (w *world) erase() {
	if id, ok := w.living(); ok {
		w.erased[id] = true
		w.add("account-"+id.String(), events.AccountErased{AccountID: id})
	}
}

// submit may name an owner who was erased a moment ago, as an upload that was under way would. Workers go on with it.
func (w *world) submit() {
	owner, ok := w.living()
	if len(w.accounts) > 0 && rapid.IntRange(0, 7).Draw(w.t, "late") == 0 {
		owner, ok = rapid.SampledFrom(w.accounts).Draw(w.t, "owner"), true
	}
	if !ok {
		return
	}
	v := &entry{id: w.id(), owner: owner, stage: "submitted", public: rapid.IntRange(0, 4).Draw(w.t, "public") > 0}
	w.videos = append(w.videos, v)
	w.add(events.VideoStream(v.id), events.VideoSubmitted{
		VideoID: v.id, OwnerID: owner, Title: events.Open("t"), Public: v.public,
		Original: events.Object{Key: "o", Bytes: 1, SHA256: "s"}, DurationMS: 30_000,
	})
}

// advance gives a random video its next fact.
func (w *world) advance() {
	if len(w.videos) == 0 {
		return
	}
	v := rapid.SampledFrom(w.videos).Draw(w.t, "video")
	stream := events.VideoStream(v.id)
	choice := rapid.IntRange(0, 9).Draw(w.t, "choice")
	switch {
	case v.stage == "deleted" || v.stage == "withdrawn":
	case v.again:
		w.rerun(v, stream, choice)
	case v.stage == "rejected" && choice > 3:
	case choice > 6 && v.stage != "submitted":
		v.again = true
		w.add(stream, events.VideoReprocessOrdered{VideoID: v.id, Reason: "r"})
	case v.stage == "rejected":
	case v.stage == "published" || v.stage == "processed":
		w.remove(v, stream, choice)
	case choice == 0:
		v.stage = "rejected"
		w.add(stream, events.VideoRejected{VideoID: v.id, Attempt: 1, Code: "codec", ReasonES: "no", ReasonEN: "no"})
	case choice == 1:
		v.stage = "failed"
		w.add(stream, events.VideoFailed{VideoID: v.id, Attempt: 1, Code: "storage"})
	case choice == 2:
		w.add(stream, events.VideoProcessingStarted{VideoID: v.id, Attempt: 1, Worker: "w"})
		w.add(stream, events.VideoAttemptFailed{VideoID: v.id, Attempt: 1, Code: "storage"})
	default:
		w.finish(v, stream)
	}
}

// rerun gives a video that is processed again its next fact; what it was shows unless there is a result.
func (w *world) rerun(v *entry, stream string, choice int) {
	switch choice {
	case 0:
		v.again, v.stage = false, "withdrawn"
		w.add(stream, events.VideoWithdrawn{VideoID: v.id, Reason: "r"})
	case 1:
		v.again = false
		w.add(stream, events.VideoRejected{VideoID: v.id, Attempt: 3, Code: "codec", ReasonES: "no", ReasonEN: "no"})
	case 2:
		v.again = false
		w.add(stream, events.VideoFailed{VideoID: v.id, Attempt: 3, Code: "storage"})
	case 3:
		w.add(stream, events.VideoProcessingStarted{VideoID: v.id, Attempt: 3, Worker: "w"})
		w.add(stream, events.VideoAttemptFailed{VideoID: v.id, Attempt: 3, Code: "storage"})
	default:
		v.again = false
		w.finish(v, stream)
	}
}

func (w *world) remove(v *entry, stream string, choice int) {
	switch {
	case choice == 0:
		v.stage = "withdrawn"
		w.add(stream, events.VideoWithdrawn{VideoID: v.id, Reason: "r"})
	case choice == 1 && v.stage == "processed":
		v.stage = "deleted"
		w.add(stream, events.VideoDeleted{VideoID: v.id})
	}
}

func (w *world) finish(v *entry, stream string) {
	o := events.Object{Key: "c", Bytes: 1, SHA256: "s"}
	w.add(stream, events.VideoProcessingStarted{VideoID: v.id, Attempt: 2, Worker: "w"})
	w.add(stream, events.VideoProcessed{
		VideoID: v.id, Attempt: 2, Clip: o, Preview: o, PosterJPEG: o, PosterWebP: o, DurationMS: 35_000,
	})
	if v.stage == "published" {
		return
	}
	v.stage = "processed"
	if v.public {
		v.stage = "published"
		w.add(stream, events.VideoPublished{VideoID: v.id})
	}
}

// vote may name a voter or a video's owner who was erased a moment ago, as an instance that has not heard yet would.
func (w *world) vote() {
	var open []*entry
	for _, v := range w.videos {
		if v.stage == "published" {
			open = append(open, v)
		}
	}
	if len(open) == 0 || len(w.accounts) < 2 {
		return
	}
	v := rapid.SampledFrom(open).Draw(w.t, "video")
	voter := rapid.SampledFrom(w.accounts).Draw(w.t, "voter")
	if voter == v.owner || w.cast[[2]events.ID{voter, v.id}] {
		return
	}
	w.cast[[2]events.ID{voter, v.id}] = true
	w.add(events.BallotStream(voter, v.id), events.BallotCast{VoterID: voter, VideoID: v.id})
	w.ballots = append(w.ballots, w.log[len(w.log)-1])
}

// Contest is the contest of every drawn log.
var Contest = events.ID{0xc0}

// amend voids some ballots that count, as of a position of late, or takes an act back.
func (w *world) amend() {
	if len(w.acts) > 0 && rapid.Bool().Draw(w.t, "reinstate") {
		i := rapid.IntRange(0, len(w.acts)-1).Draw(w.t, "act")
		act := w.acts[i]
		w.acts = append(w.acts[:i:i], w.acts[i+1:]...)
		maps.DeleteFunc(w.void, func(_ int64, id events.ID) bool { return id == act.ActID })
		w.add(events.LedgerStream(Contest), events.BallotsReinstated{
			ContestID: Contest, ActID: act.ActID, Reason: "r", Count: act.Count, Ballots: act.Ballots,
		})
		return
	}
	upTo := int64(len(w.log) - rapid.IntRange(0, min(5, len(w.log))).Draw(w.t, "late"))
	var struck []events.Recorded
	for _, r := range w.ballots {
		if _, already := w.void[r.Position]; !already && r.Position <= upTo && rapid.Bool().Draw(w.t, "strike") {
			struck = append(struck, r)
		}
	}
	if len(struck) > 0 {
		w.strike(struck, upTo)
	}
}

func (w *world) strike(struck []events.Recorded, upTo int64) {
	act := events.BallotsVoided{ContestID: Contest, ActID: w.id(), Reason: "r", UpTo: upTo, Count: len(struck)}
	newest := map[events.ID]int64{}
	groups := map[events.ID]map[time.Time]int{}
	for _, r := range struck {
		video, hour := r.Event.(events.BallotCast).VideoID, r.RecordedAt.Truncate(time.Hour)
		if groups[video] == nil {
			groups[video] = map[time.Time]int{}
		}
		i, ok := groups[video][hour]
		if !ok {
			i = len(act.Ballots)
			groups[video][hour] = i
			act.Ballots = append(act.Ballots, events.BallotsOfHour{VideoID: video, Hour: hour})
		}
		act.Ballots[i].Positions = append(act.Ballots[i].Positions, r.Position)
		w.void[r.Position] = act.ActID
		newest[video] = 0
	}
	for _, r := range w.ballots {
		if _, void := w.void[r.Position]; !void && r.Position <= upTo {
			if video := r.Event.(events.BallotCast).VideoID; newest[video] < r.Position {
				if _, touched := newest[video]; touched {
					newest[video] = r.Position
				}
			}
		}
	}
	for video, position := range newest {
		act.Newest = append(act.Newest, events.NewestBallot{VideoID: video, Position: position})
	}
	w.acts = append(w.acts, act)
	w.add(events.LedgerStream(Contest), act)
}
