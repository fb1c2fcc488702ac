package sweep

import (
	"context"
	"slices"
	"strings"

	"github.com/rising-stars/showcase/events"
)

// Prefixes of the keys, before the video's id.
const (
	originals = "originals/"
	processed = "processed/"
)

// outputs is how many objects a result has; where there are more, some belong to an older one.
const outputs = 4

// remove looks at one page of objects, older than OrphanAge, and removes those that belong to nothing. The next call
// looks at the next page, and begins anew after the last.
func (s *Sweep) remove(ctx context.Context, prefix string) (int, error) {
	page, err := s.Objects.List(ctx, prefix, s.after[prefix])
	if err != nil {
		return 0, err
	}
	if len(page) == 0 {
		s.after[prefix] = ""
		return 0, nil
	}
	keys := map[events.ID][]string{}
	for _, object := range page {
		if id, ok := videoOf(prefix, object.Key); ok && object.Age > s.OrphanAge {
			keys[id] = append(keys[id], object.Key)
		}
	}
	orphans, err := s.orphans(ctx, keys)
	if err != nil {
		return 0, err
	}
	if err := s.Objects.Delete(ctx, orphans...); err != nil {
		return 0, err
	}
	s.after[prefix] = page[len(page)-1].Key
	return len(orphans), nil
}

// videoOf is the video that a key names.
func videoOf(prefix, key string) (events.ID, bool) {
	name, _, ok := strings.Cut(strings.TrimPrefix(key, prefix), "/")
	if !ok {
		return events.ID{}, false
	}
	id, err := events.ParseID(name)
	return id, err == nil && id.String() == name
}

// orphans are those of the keys that belong to nothing.
func (s *Sweep) orphans(ctx context.Context, keys map[events.ID][]string) ([]string, error) {
	ids := make([]events.ID, 0, len(keys))
	for id := range keys {
		ids = append(ids, id)
	}
	known, err := s.Gallery.Known(ctx, ids)
	if err != nil {
		return nil, err
	}
	// An object of several parts is as old as the first of them: it may have become one a moment ago, and its video be
	// submitted in the next. The upload is forgotten after that, and the log is read after this.
	begun, err := s.Uploads.Begun(ctx, ids)
	if err != nil {
		return nil, err
	}
	var orphans []string
	for id, list := range keys {
		if begun[id] || known[id] && len(list) <= outputs {
			continue
		}
		kept, err := s.kept(ctx, id)
		if err != nil {
			return nil, err
		}
		orphans = append(orphans, slices.DeleteFunc(list, kept)...)
	}
	slices.Sort(orphans)
	return orphans, nil
}

// kept tells, of a key of the video, whether the log still needs it.
func (s *Sweep) kept(ctx context.Context, id events.ID) (func(key string) bool, error) {
	facts, err := s.Log.ReadStream(ctx, events.VideoStream(id))
	if err != nil {
		return nil, err
	}
	gone, err := s.gone(ctx, facts)
	if err != nil {
		return nil, err
	}
	if gone {
		return func(string) bool { return false }, nil
	}
	needed := map[string]bool{}
	finished := false
	for i, r := range facts {
		switch f := r.Event.(type) {
		case events.VideoSubmitted:
			needed[f.Original.Key] = true
		case events.VideoReprocessOrdered:
			finished = false // outputs of the next run may be there already
		case events.VideoProcessed:
			finished = true
			if s.superseded(facts[i+1:]) {
				continue
			}
			for _, o := range []events.Object{f.Clip, f.Preview, f.PosterJPEG, f.PosterWebP} {
				needed[o.Key] = true
			}
		}
	}
	return func(key string) bool { return needed[key] || !finished && strings.HasPrefix(key, processed) }, nil
}

// superseded says whether a newer result has been there for so long that nobody plays the one before it any more.
func (s *Sweep) superseded(later []events.Recorded) bool {
	return slices.ContainsFunc(later, func(r events.Recorded) bool {
		_, processed := r.Event.(events.VideoProcessed)
		return processed && r.RecordedAt.Before(s.Now().Add(-s.OrphanAge))
	})
}

// gone says whether nobody is to see the video again: it was never submitted, its owner deleted it, or was erased.
func (s *Sweep) gone(ctx context.Context, facts []events.Recorded) (bool, error) {
	if len(facts) == 0 {
		return true, nil
	}
	for _, r := range facts {
		if _, deleted := r.Event.(events.VideoDeleted); deleted {
			return true, nil
		}
	}
	if err := s.Vault.Open(ctx, facts); err != nil {
		return false, err
	}
	submitted, ok := facts[0].Event.(events.VideoSubmitted)
	if !ok {
		return false, nil
	}
	_, open := submitted.Title.Value()
	return !open, nil
}
