package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Upcaster turns the data of one schema version into that of the next.
type Upcaster func(data []byte) ([]byte, error)

// asItIs is the step to a version with a field more whose zero value is what the older version meant.
func asItIs(data []byte) ([]byte, error) { return data, nil }

// kind is how one event type is read: its newest schema version is one more than the number of its upcasters.
type kind struct {
	decode    func([]byte) (Event, error)
	quick     func([]byte) (Event, bool) // reads the newest version's usual form; nil where that is not worth it
	upcasters []Upcaster                 // upcasters[i] turns version i+1 into i+2
}

func (k kind) schema() int { return 1 + len(k.upcasters) }

// registry lists every fact. A type that is not here cannot be written or read.
var registry = map[string]kind{
	AccountRegistered{}.EventType():      {decode: decode[AccountRegistered], quick: quickAccountRegistered},
	AccountProfileChanged{}.EventType():  {decode: decode[AccountProfileChanged]},
	AccountPasswordChanged{}.EventType(): {decode: decode[AccountPasswordChanged]},
	AccountErased{}.EventType():          {decode: decode[AccountErased]},
	AccountRoleGranted{}.EventType():     {decode: decode[AccountRoleGranted]},
	AccountRoleRevoked{}.EventType():     {decode: decode[AccountRoleRevoked]},

	VideoSubmitted{}.EventType():         {decode: decode[VideoSubmitted]},
	VideoProcessingStarted{}.EventType(): {decode: decode[VideoProcessingStarted]},
	VideoAttemptFailed{}.EventType():     {decode: decode[VideoAttemptFailed]},
	VideoProcessed{}.EventType():         {decode: decode[VideoProcessed]},
	VideoRejected{}.EventType():          {decode: decode[VideoRejected]},
	VideoFailed{}.EventType():            {decode: decode[VideoFailed]},
	VideoPublished{}.EventType():         {decode: decode[VideoPublished]},
	VideoWithdrawn{}.EventType():         {decode: decode[VideoWithdrawn]},
	VideoDeleted{}.EventType():           {decode: decode[VideoDeleted]},
	VideoReprocessOrdered{}.EventType():  {decode: decode[VideoReprocessOrdered]},

	BallotCast{}.EventType(): {decode: decode[BallotCast], quick: quickBallotCast},

	ContestCreated{}.EventType(): {decode: decode[ContestCreated]},
	ContestChanged{}.EventType(): {decode: decode[ContestChanged], upcasters: []Upcaster{asItIs}},

	BallotsVoided{}.EventType():     {decode: decode[BallotsVoided]},
	BallotsReinstated{}.EventType(): {decode: decode[BallotsReinstated]},

	QueueRedriveOrdered{}.EventType(): {decode: decode[QueueRedriveOrdered]},
}

// ErrUnknownType says that an event's type is not in the registry: it was written by newer code, or by nobody of ours.
var ErrUnknownType = errors.New("unknown event type")

// ErrSchema says that an event's schema version is newer than this code, or not a version at all.
var ErrSchema = errors.New("unknown schema version")

// DecodeError names the event type and version that could not be read.
type DecodeError struct {
	Type   string
	Schema int
	Err    error
}

func (e *DecodeError) Error() string {
	return fmt.Sprintf("decode %s v%d: %v", e.Type, e.Schema, e.Err)
}

// Unwrap is the cause.
func (e *DecodeError) Unwrap() error { return e.Err }

// Types are the wire names of all facts, sorted.
func Types() []string {
	names := make([]string, 0, len(registry))
	for name := range registry {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Schema is the newest schema version of a type; 0 when the type is unknown.
func Schema(typ string) int {
	k, ok := registry[typ]
	if !ok {
		return 0
	}
	return k.schema()
}

// Marshal is the event's data as it is stored, with its type and schema version. Personal values must be sealed.
func Marshal(e Event) (typ string, schema int, data []byte, err error) {
	typ = e.EventType()
	k, ok := registry[typ]
	if !ok {
		return "", 0, nil, fmt.Errorf("encode %s: %w", typ, ErrUnknownType)
	}
	if data, err = json.Marshal(e); err != nil {
		return "", 0, nil, fmt.Errorf("encode %s: %w", typ, err)
	}
	return typ, k.schema(), data, nil
}

// Unmarshal reads stored data of any known schema version. It is strict: an unknown field, a wrong type, null or
// anything after the object is an error, since skipping what is not understood would change results silently.
func Unmarshal(typ string, schema int, data []byte) (Event, error) {
	k, ok := registry[typ]
	if !ok {
		return nil, &DecodeError{Type: typ, Schema: schema, Err: ErrUnknownType}
	}
	if schema < 1 || schema > k.schema() {
		return nil, &DecodeError{Type: typ, Schema: schema, Err: ErrSchema}
	}
	e, err := k.read(schema, data)
	if err != nil {
		return nil, &DecodeError{Type: typ, Schema: schema, Err: err}
	}
	return e, nil
}

func (k kind) read(schema int, data []byte) (Event, error) {
	for _, up := range k.upcasters[schema-1:] {
		next, err := up(data)
		if err != nil {
			return nil, err
		}
		data = next
	}
	if k.quick != nil {
		if e, ok := k.quick(data); ok {
			return e, nil
		}
	}
	return k.decode(data)
}

func decode[E Event](data []byte) (Event, error) {
	var e E
	if err := strictUnmarshal(data, &e); err != nil {
		return nil, err
	}
	return e, nil
}

var (
	errNotObject = errors.New("not a JSON object")
	errTrailing  = errors.New("data after the value")
)

// strictUnmarshal reads one JSON value with no unknown fields and nothing behind it. Structs must be objects.
func strictUnmarshal(data []byte, v any) error {
	if t := bytes.TrimLeft(data, " \t\r\n"); len(t) == 0 || t[0] == 'n' {
		return errNotObject
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errTrailing
	}
	return nil
}
