package eventstore

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/rising-stars/showcase/events"
)

// errRow says that the server sent something else than was asked for.
var errRow = errors.New("a row has another shape than the log's table")

// The columns of pageSQL.
const (
	colPosition = iota
	colStream
	colVersion
	colID
	colType
	colSchema
	colData
	colMeta
	colRecordedAt
	columnCount
)

// epoch is PostgreSQL's.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// typeNames has the known types, so that not every event has a copy of its own.
var typeNames = func() map[string]string {
	names := map[string]string{}
	for _, name := range events.Types() {
		names[name] = name
	}
	return names
}()

// noMeta stands for metadata that were not asked for.
var noMeta = []byte(`{}`)

// positionOf reads the position of a row, and whether the row has an event: it has none when nobody wants its type.
func positionOf(v [][]byte) (position int64, wanted bool, err error) {
	if len(v) != columnCount || len(v[colPosition]) != 8 {
		return 0, false, errRow
	}
	return int64(binary.BigEndian.Uint64(v[colPosition])), v[colType] != nil, nil
}

// rawOf reads a row in the server's binary format, JSON as text: the driver's ways to do so take longer than all that is
// done with most events. Data and Meta are the row's bytes, good until the next row.
func rawOf(v [][]byte) (r events.Raw, err error) {
	if len(v[colVersion]) != 8 || len(v[colID]) != 16 || len(v[colSchema]) != 2 || len(v[colRecordedAt]) != 8 {
		return r, errRow
	}
	name, known := typeNames[string(v[colType])]
	if !known {
		name = string(v[colType])
	}
	meta := v[colMeta]
	if meta == nil {
		meta = noMeta
	}
	return events.Raw{
		Position:   int64(binary.BigEndian.Uint64(v[colPosition])),
		Stream:     string(v[colStream]),
		Version:    int64(binary.BigEndian.Uint64(v[colVersion])),
		ID:         events.ID(v[colID]),
		Type:       name,
		Schema:     int(int16(binary.BigEndian.Uint16(v[colSchema]))),
		Data:       v[colData],
		Meta:       meta,
		RecordedAt: epoch.Add(time.Duration(binary.BigEndian.Uint64(v[colRecordedAt])) * time.Microsecond),
	}, nil
}
