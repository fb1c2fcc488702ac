package live

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/projections/gallery"
)

// Heartbeat is a frame that says nothing, so that neither side takes the connection for dead.
var Heartbeat = []byte(": \n\n")

// Opening is the first frame: how long a browser waits before it comes back.
var Opening = []byte("retry: 3000\n\n")

// frame is one server-sent event. JSON has no line breaks of its own.
func frame(kind, id string, v any) []byte {
	data, err := json.Marshal(v)
	if err != nil { // strings and numbers always encode
		panic(err)
	}
	var out []byte
	if id != "" {
		out = fmt.Appendf(out, "id: %s\n", id)
	}
	return fmt.Appendf(out, "event: %s\ndata: %s\n\n", kind, data)
}

// mark ends a look: only it carries the id, so that who resumes from it has had everything before it.
func mark(position int64) []byte {
	return frame("position", strconv.FormatInt(position, 10), struct {
		LogPosition int64 `json:"log_position"`
	}{position})
}

// frames are what changed after a position, by the list's key.
func (b *board) frames(position int64, full bool) map[string][]byte {
	out := map[string][]byte{}
	for key, l := range b.lists {
		if c, changed := l.since(position, b.position, full); changed {
			out[key] = frame("ranking", "", c)
		}
	}
	return out
}

// pick are the frames that a listener wants, in the order of their keys, and the mark behind them.
func pick(frames map[string][]byte, city string, position int64) [][]byte {
	var out [][]byte
	for _, key := range slices.Sorted(maps.Keys(frames)) {
		if city == "" || key == city {
			out = append(out, frames[key])
		}
	}
	return append(out, mark(position))
}

// galleryFrame says that a video came to the public ones, or is no longer among them.
func galleryFrame(id events.ID, change string) []byte {
	return frame("gallery", "", struct {
		VideoID events.ID `json:"video_id"`
		Change  string    `json:"change"`
	}{id, change})
}

// missedFrame says that videos may have come and gone that the listener was not told of.
var missedFrame = frame("gallery", "", struct {
	Change string `json:"change"`
}{"missed"})

// video is the stage of one's own video, as a client sees it.
type video struct {
	VideoID    events.ID `json:"video_id"`
	Status     string    `json:"status"`
	Stage      string    `json:"stage"`
	Progress   int       `json:"progress"`
	Public     bool      `json:"open_for_voting"`
	ReasonCode string    `json:"reason_code,omitempty"`
	ReasonES   string    `json:"reason_es,omitempty"`
	ReasonEN   string    `json:"reason_en,omitempty"`
	At         string    `json:"at"`
}

func videoFrame(s gallery.State) []byte {
	status := "uploaded"
	if s.Processed {
		status = "processed"
	}
	return frame("video", "", video{
		s.VideoID, status, s.Stage, s.Progress, s.Votable, s.ReasonCode, s.ReasonES, s.ReasonEN,
		s.ChangedAt.UTC().Format("2006-01-02T15:04:05.000Z07:00"),
	})
}
