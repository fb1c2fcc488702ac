package analysis

import "github.com/rising-stars/showcase/events"

// Less is what a video loses: so many votes. Reached is the newest ballot that it keeps, 0 when it keeps none.
type Less struct{ Votes, Reached int64 }

// Without is the result if these votes had not been counted. It is for rules without weights.
func (c *Count) Without(less map[events.ID]Less) Result {
	videos := make(map[events.ID]*Video, len(c.videos))
	removed := map[events.ID]int64{}
	for id, v := range c.videos {
		videos[id] = v
		if l, ok := less[id]; ok {
			left := *v
			left.Votes -= l.Votes
			left.Reached = l.Reached
			videos[id] = &left
			removed[v.Owner] += l.Votes
		}
	}
	r := c.result(videos)
	r.Removed = removed
	return r
}

// Owner is whose a video is; false for a video that the log does not have.
func (c *Count) Owner(video events.ID) (events.ID, bool) {
	v := c.videos[video]
	if v == nil {
		return events.ID{}, false
	}
	return v.Owner, true
}
