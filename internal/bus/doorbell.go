package bus

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/ThreeDotsLabs/watermill/message"
)

// Doorbell says that a log has grown: its events From to To, both included, are there to be read. It carries none of
// them; who missed it misses nothing.
type Doorbell struct {
	Log  int   `json:"log"`
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Message is the doorbell as it is published. Its id is made of its content.
func (d Doorbell) Message() (*message.Message, error) {
	body, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encode doorbell: %w", err)
	}
	return message.NewMessage(fmt.Sprintf("doorbell-%d-%d-%d", d.Log, d.From, d.To), body), nil
}

// ParseDoorbell reads what Message wrote; anything else is ErrMalformed.
func ParseDoorbell(msg *message.Message) (Doorbell, error) {
	var d Doorbell
	decoder := json.NewDecoder(bytes.NewReader(msg.Payload))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return Doorbell{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if d.Log < 1 || d.From < 1 || d.To < d.From {
		return Doorbell{}, fmt.Errorf("%w: doorbell of log %d from %d to %d", ErrMalformed, d.Log, d.From, d.To)
	}
	return d, nil
}
