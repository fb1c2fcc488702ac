package sweep

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/blob"
)

// store adds an object that is as old as said.
func (c *scene) store(ago time.Duration, keys ...string) {
	for _, key := range keys {
		c.objects = append(c.objects, blob.Object{Key: key, Age: ago})
	}
	slices.SortFunc(c.objects, func(a, b blob.Object) int {
		switch {
		case a.Key < b.Key:
			return -1
		case a.Key > b.Key:
			return 1
		}
		return 0
	})
}

func result(id events.ID, pipeline string) (events.VideoProcessed, []string) {
	under := "processed/" + id.String() + "/" + pipeline + "/sha/"
	keys := []string{under + "clip.mp4", under + "poster.jpg", under + "poster.webp", under + "preview.mp4"}
	return events.VideoProcessed{
		Clip: events.Object{Key: keys[0]}, PosterJPEG: events.Object{Key: keys[1]},
		PosterWebP: events.Object{Key: keys[2]}, Preview: events.Object{Key: keys[3]},
	}, keys
}

// gallery is a scene in which each kind of object is there once; it returns those that belong to nothing.
func gallery() (*scene, []string) {
	c := &scene{known: map[events.ID]bool{}, erased: map[events.ID]bool{{66}: true}}
	var orphans []string
	lone, fresh := events.ID{20}, events.ID{21}
	orphans = append(orphans, "originals/"+lone.String()+"/a.mp4")
	c.store(2*time.Hour, orphans...)
	c.store(time.Minute, "originals/"+fresh.String()+"/a.mp4")

	kept, keptKeys := events.ID{22}, []string(nil)
	fact, keys := result(kept, "v2")
	_, old := result(kept, "v1")
	keptKeys = append(keptKeys, keys...)
	c.known[kept] = true
	c.tell(kept, 3*time.Hour, submitted(kept), started(kept, 1), fact, events.VideoPublished{})
	c.store(2*time.Hour, append(keptKeys, "originals/"+kept.String()+"/a.mp4")...)
	c.store(2*time.Hour, old...)
	orphans = append(orphans, old...)

	deleted := events.ID{23}
	fact, keys = result(deleted, "v1")
	c.tell(deleted, 3*time.Hour, submitted(deleted), started(deleted, 1), fact, events.VideoDeleted{})
	c.store(2*time.Hour, keys...)
	orphans = append(orphans, keys...)

	erased := events.ID{24}
	of := submitted(erased)
	of.OwnerID = events.ID{66}
	c.tell(erased, 3*time.Hour, of)
	c.store(2*time.Hour, of.Original.Key)
	orphans = append(orphans, of.Original.Key)

	behind := events.ID{25} // not in the gallery, which is being rebuilt
	fact, keys = result(behind, "v1")
	c.tell(behind, 3*time.Hour, submitted(behind), started(behind, 1), fact)
	c.store(2*time.Hour, append(keys, "originals/"+behind.String()+"/a.mp4")...)

	working := events.ID{26} // outputs are there, the result is not yet
	_, keys = result(working, "v1")
	c.tell(working, 3*time.Hour, submitted(working), started(working, 1))
	c.store(2*time.Hour, append(keys, "originals/"+working.String()+"/a.mp4")...)

	joined := events.ID{27} // its parts are older than OrphanAge and became one object just now
	c.begun = map[events.ID]bool{joined: true}
	c.store(2*time.Hour, "originals/"+joined.String()+"/upload.mp4")

	c.store(2*time.Hour, "originals/readme", "originals/not-an-id/a.mp4", "processed/x", "other/"+lone.String()+"/a.mp4",
		"originals/AAAAAAAA-0000-0000-0000-000000000000/a.mp4")
	slices.Sort(orphans)
	return c, orphans
}

func TestOrphansAreRemovedAndNothingElse(t *testing.T) {
	t.Parallel()
	c, orphans := gallery()
	swept, err := c.sweep(t).Step(t.Context())
	if err != nil || swept.Removed != len(orphans) {
		t.Errorf("%+v, %v", swept, err)
	}
	slices.Sort(c.removed)
	if diff := cmp.Diff(orphans, c.removed); diff != "" {
		t.Error(diff)
	}
}

func TestPagesAreWalkedAndBegunAnew(t *testing.T) {
	t.Parallel()
	c, orphans := gallery()
	for i := range orphans { // those that are only seen beside the newer outputs stay until a page shows both
		if _, old := result(events.ID{22}, "v1"); slices.Contains(old, orphans[i]) {
			orphans[i] = ""
		}
	}
	orphans = slices.DeleteFunc(orphans, func(key string) bool { return key == "" })
	c.page = 3
	s := c.sweep(t)
	for range 20 {
		if _, err := s.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.objects = slices.DeleteFunc(c.objects, func(o blob.Object) bool { return slices.Contains(c.removed, o.Key) })
	}
	slices.Sort(c.removed)
	if diff := cmp.Diff(orphans, c.removed); diff != "" {
		t.Error(diff)
	}
	late := "originals/" + events.ID{20}.String() + "/b.mp4"
	c.store(2*time.Hour, late)
	for range 20 {
		if _, err := s.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Contains(c.removed, late) {
		t.Error("the beginning was not looked at again")
	}
}

func TestAFailedDeletionIsTriedAgain(t *testing.T) {
	t.Parallel()
	c, orphans := gallery()
	c.fail = map[string]error{"delete": errors.New("broken")}
	s := c.sweep(t)
	if swept, err := s.Step(t.Context()); err == nil || swept.Removed != 0 {
		t.Errorf("%+v, %v", swept, err)
	}
	c.fail = nil
	if swept, err := s.Step(t.Context()); err != nil || swept.Removed != len(orphans) {
		t.Errorf("%+v, %v", swept, err)
	}
}

// TestOutputsOfAnEarlierRun go once nobody plays them any more, and not while the next run is at work.
func TestOutputsOfAnEarlierRun(t *testing.T) {
	t.Parallel()
	id := events.ID{30}
	first, old := result(id, "v1")
	second, outputs := result(id, "v2")
	before := []events.Video{submitted(id), started(id, 1), first, events.VideoPublished{}, events.VideoReprocessOrdered{}, started(id, 2)}
	for name, c := range map[string]struct {
		ago   time.Duration
		facts []events.Video
		gone  []string
	}{
		"under way": {3 * time.Hour, before, nil},
		"just done": {time.Minute, append(slices.Clone(before), second), nil},
		"done":      {3 * time.Hour, append(slices.Clone(before), second), old},
		"failed":    {3 * time.Hour, append(slices.Clone(before), events.VideoFailed{}), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &scene{known: map[events.ID]bool{id: true}}
			s.tell(id, c.ago, c.facts...)
			s.store(2*time.Hour, append(slices.Clone(old), outputs...)...)
			if _, err := s.sweep(t).Step(t.Context()); err != nil {
				t.Fatal(err)
			}
			slices.Sort(s.removed)
			if diff := cmp.Diff(c.gone, s.removed); diff != "" {
				t.Error(diff)
			}
		})
	}
}
