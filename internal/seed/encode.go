package seed

import (
	"encoding/json"

	"github.com/rising-stars/showcase/events"
)

// marshal is events.Marshal, with a short way for ballots, which are nearly all of a log.
func marshal(fact events.Event) (typ string, schema int16, data []byte, err error) {
	if b, ok := fact.(events.BallotCast); ok {
		data = make([]byte, 0, 112)
		data = append(data, `{"voter_id":"`...)
		data, _ = b.VoterID.AppendText(data) // cannot fail
		data = append(data, `","video_id":"`...)
		data, _ = b.VideoID.AppendText(data) // cannot fail
		return b.EventType(), 1, append(data, `"}`...), nil
	}
	typ, version, data, err := events.Marshal(fact)
	return typ, int16(version), data, err
}

func metadata(m events.Metadata) []byte {
	b, _ := json.Marshal(m) // ids and text: cannot fail
	return b
}
