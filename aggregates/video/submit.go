package video

import (
	"strings"
	"unicode/utf8"

	"github.com/rising-stars/showcase/aggregates"
	"github.com/rising-stars/showcase/events"
)

// MaxTitle is the longest title, in characters.
const MaxTitle = 100

// Submit enters a stored original. Its content was checked by the caller; the rules here are the title's.
type Submit struct {
	VideoID    events.ID
	OwnerID    events.ID
	Title      string
	Public     bool
	Original   events.Object
	DurationMS int64
	Width      int
	Height     int
}

// Decide refuses a bad title; a video that was submitted already is left as it is.
func (c Submit) Decide(s State) ([]events.Video, error) {
	title, err := CheckTitle(c.Title)
	switch {
	case err != nil:
		return nil, err
	case s.Status != None:
		return nil, nil
	}
	return []events.Video{events.VideoSubmitted{
		VideoID: c.VideoID, OwnerID: c.OwnerID, Title: events.Open(title), Public: c.Public,
		Original: c.Original, DurationMS: c.DurationMS, Width: c.Width, Height: c.Height,
	}}, nil
}

// CheckTitle is the title trimmed, or ErrTitle. It may be any line (see aggregates.Line).
func CheckTitle(title string) (string, error) {
	title = strings.TrimSpace(title)
	n := utf8.RuneCountInString(title)
	if n < 1 || n > MaxTitle || !aggregates.Line(title) {
		return "", ErrTitle
	}
	return title, nil
}

// checkReason is an organiser's reason trimmed, or ErrReason.
func checkReason(reason string) (string, error) {
	reason, ok := aggregates.Reason(reason)
	if !ok {
		return "", ErrReason
	}
	return reason, nil
}
