package export

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/rising-stars/showcase/events"
)

// flat is an event as a row of a table. Ids are text, since few tools read UUIDs in bytes.
type flat struct {
	Position   int64     `parquet:"position"`
	RecordedAt time.Time `parquet:"recorded_at,timestamp(microsecond)"`
	Type       string    `parquet:"type,dict"`
	Schema     int32     `parquet:"schema"`
	Stream     string    `parquet:"stream"`
	Version    int64     `parquet:"version"`
	EventID    string    `parquet:"event_id"`
	AccountID  string    `parquet:"account_id,optional"`
	VoterID    string    `parquet:"voter_id,optional"`
	VideoID    string    `parquet:"video_id,optional,dict"`
	OwnerID    string    `parquet:"owner_id,optional,dict"`
	City       string    `parquet:"city,optional,dict"`
	Address    string    `parquet:"address,optional,dict"`
	Data       string    `parquet:"data,optional"`
}

func schema(cfg Config) []Column {
	columns := []Column{
		{"position", "int64", "place in the log, from 1, without gaps"},
		{"recorded_at", "timestamp, microseconds, UTC", "the server's clock; never decreasing"},
		{"type", "string", "what happened, such as ballot.cast"},
		{"schema", "int32", "version of the fact's form"},
		{"stream", "string", "what the fact is about"},
		{"version", "int64", "place in the stream, from 1"},
	}
	if cfg.Format == JSONL {
		return append(columns, Column{"id", "string", "the event's UUID"},
			Column{"data", "object", "the fact; see docs/events.md"}, Column{"meta", "object", "actor, correlation, keyed digest of the address"})
	}
	return append(columns, Column{"event_id", "string", "UUID"}, Column{"account_id", "string", "of an account's facts"},
		Column{"voter_id", "string", "of a ballot"}, Column{"video_id", "string", "of a ballot, or a video's facts"},
		Column{"owner_id", "string", "of a submitted video"}, Column{"city", "string", "of an account"},
		Column{"address", "string", "keyed digest of the client's address prefix"},
		Column{"data", "string", "the fact as JSON; empty for ballots, whose fields have columns"})
}

// flatten takes the columns out of a fact that is not a ballot.
func flatten(r events.Recorded) *flat {
	f := &flat{Address: r.Meta.AddressDigest}
	switch e := r.Event.(type) {
	case events.AccountRegistered:
		f.AccountID, f.City = e.AccountID.String(), e.City
	case events.AccountProfileChanged:
		f.AccountID, f.City = e.AccountID.String(), e.City
	case events.AccountPasswordChanged:
		f.AccountID = e.AccountID.String()
	case events.AccountErased:
		f.AccountID = e.AccountID.String()
	case events.AccountRoleGranted:
		f.AccountID = e.AccountID.String()
	case events.AccountRoleRevoked:
		f.AccountID = e.AccountID.String()
	case events.VideoReprocessOrdered:
		f.VideoID = e.VideoID.String()
	case events.VideoSubmitted:
		f.VideoID, f.OwnerID = e.VideoID.String(), e.OwnerID.String()
	case events.VideoProcessed:
		f.VideoID = e.VideoID.String()
	case events.VideoPublished:
		f.VideoID = e.VideoID.String()
	case events.VideoRejected:
		f.VideoID = e.VideoID.String()
	case events.VideoFailed:
		f.VideoID = e.VideoID.String()
	case events.VideoWithdrawn:
		f.VideoID = e.VideoID.String()
	case events.VideoDeleted:
		f.VideoID = e.VideoID.String()
	case events.VideoProcessingStarted:
		f.VideoID = e.VideoID.String()
	case events.VideoAttemptFailed:
		f.VideoID = e.VideoID.String()
	}
	return f
}

// fill is the row as a table has it.
func (f *flat) fill(r *row) error {
	*f = flat{}
	if r.plain != nil {
		*f = *r.plain
		f.Data = r.data
	}
	f.Position, f.RecordedAt, f.Type, f.Schema = r.position, r.at, r.typ, int32(r.schema)
	f.Stream, f.Version, f.EventID = r.stream, r.version, r.id
	if !r.ballot {
		return nil
	}
	f.VoterID, f.VideoID, f.Address = text(r.data, `"voter_id": "`), text(r.data, `"video_id": "`), text(r.meta, `"address": "`)
	if f.VoterID == "" || f.VideoID == "" {
		return errRow
	}
	return nil
}

// text is what follows a name, up to the next quote, in JSON as PostgreSQL prints it. Ids and digests have nothing that
// JSON would escape.
func text(data, name string) string {
	_, rest, _ := strings.Cut(data, name)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// table writes Parquet.
type table struct {
	w    *parquet.GenericWriter[flat]
	rows []flat
}

// Rows of one write, and of one group in the file: what a group holds is in memory.
const (
	rowsPerWrite = 1_000
	rowsPerGroup = 50_000
)

func newParquet(w io.Writer) *table {
	return &table{parquet.NewGenericWriter[flat](w, parquet.Compression(&parquet.Snappy), parquet.MaxRowsPerRowGroup(rowsPerGroup)), nil}
}

func (t *table) write(r *row) error {
	t.rows = append(t.rows, flat{})
	if err := t.rows[len(t.rows)-1].fill(r); err != nil {
		return err
	}
	if len(t.rows) < rowsPerWrite {
		return nil
	}
	return t.flush()
}

func (t *table) flush() error {
	_, err := t.w.Write(t.rows)
	t.rows = t.rows[:0]
	return err
}

func (t *table) close() error {
	if err := t.flush(); err != nil {
		return err
	}
	return t.w.Close()
}

// sheet writes CSV that a spreadsheet opens: UTF-8 with a mark, comma-separated.
type sheet struct {
	w    *csv.Writer
	line []string
	flat flat
}

func newCSV(w io.Writer) (*sheet, error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return nil, err
	}
	s := &sheet{w: csv.NewWriter(w)}
	for _, c := range schema(Config{Format: CSV}) {
		s.line = append(s.line, c.Name)
	}
	return s, s.w.Write(s.line)
}

func (s *sheet) write(r *row) error {
	f := &s.flat
	if err := f.fill(r); err != nil {
		return err
	}
	s.line = append(s.line[:0], strconv.FormatInt(f.Position, 10), string(appendTime(nil, f.RecordedAt)), f.Type,
		strconv.Itoa(int(f.Schema)), f.Stream, strconv.FormatInt(f.Version, 10), f.EventID, f.AccountID, f.VoterID, f.VideoID,
		f.OwnerID, safe(f.City), f.Address, f.Data)
	return s.w.Write(s.line)
}

// safe keeps a spreadsheet from taking somebody's text for a formula.
func safe(text string) string {
	if text != "" && (text[0] == '=' || text[0] == '+' || text[0] == '-' || text[0] == '@') {
		return "'" + text
	}
	return text
}

func (s *sheet) close() error {
	s.w.Flush()
	return s.w.Error()
}

// lines writes JSON Lines.
type lines struct {
	w io.Writer
	b []byte
}

func newLines(w io.Writer) *lines { return &lines{w: w} }

func (l *lines) write(r *row) error {
	b := l.b[:0]
	b = append(b, `{"position":`...)
	b = strconv.AppendInt(b, r.position, 10)
	b = append(b, `,"recorded_at":"`...)
	b = appendTime(b, r.at)
	b = append(b, `","type":"`...)
	b = append(b, r.typ...)
	b = append(b, `","schema":`...)
	b = strconv.AppendInt(b, int64(r.schema), 10)
	b = append(b, `,"stream":"`...)
	b = append(b, r.stream...)
	b = append(b, `","version":`...)
	b = strconv.AppendInt(b, r.version, 10)
	b = append(b, `,"id":"`...)
	b = append(b, r.id...)
	b = append(b, `","data":`...)
	b = append(b, r.data...)
	b = append(b, `,"meta":`...)
	b = append(b, r.meta...)
	b = append(b, '}', '\n')
	l.b = b
	_, err := l.w.Write(l.b)
	return err
}

// appendTime writes a time in UTC with its microseconds. The standard library takes four times as long for that layout.
func appendTime(b []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	b = appendDigits(b, year, 4)
	b = appendDigits(append(b, '-'), int(month), 2)
	b = appendDigits(append(b, '-'), day, 2)
	b = appendDigits(append(b, 'T'), hour, 2)
	b = appendDigits(append(b, ':'), minute, 2)
	b = appendDigits(append(b, ':'), second, 2)
	b = appendDigits(append(b, '.'), t.Nanosecond()/1000, 6)
	return append(b, 'Z')
}

// appendDigits writes a number with leading zeros.
func appendDigits(b []byte, n, width int) []byte {
	b = append(b, "000000"[:width]...)
	for i := len(b) - 1; n > 0 && i >= len(b)-width; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return b
}

func (l *lines) close() error { return nil }
