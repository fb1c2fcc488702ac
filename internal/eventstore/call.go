package eventstore

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

const appendSQL = `
	SELECT event, outcome, version, coalesce(position, 0)
	FROM append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

// columns are a batch as the parallel arrays that append_events takes; they are kept to be filled again.
type columns struct {
	item   pgtype.FlatArray[int32]
	nth    pgtype.FlatArray[int32]
	expect pgtype.FlatArray[int64]
	stream pgtype.FlatArray[string]
	id     pgtype.FlatArray[[16]byte]
	typ    pgtype.FlatArray[string]
	schema pgtype.FlatArray[int16]
	data   pgtype.FlatArray[[]byte]
	meta   pgtype.FlatArray[[]byte]
}

func (c *columns) fill(batch []*item) {
	*c = columns{
		c.item[:0], c.nth[:0], c.expect[:0], c.stream[:0], c.id[:0], c.typ[:0], c.schema[:0], c.data[:0], c.meta[:0],
	}
	for i, it := range batch {
		for nth, f := range it.facts {
			c.item = append(c.item, int32(i+1))
			c.nth = append(c.nth, int32(nth+1))
			c.expect = append(c.expect, it.expect)
			c.stream = append(c.stream, it.stream)
			c.id = append(c.id, f.id)
			c.typ = append(c.typ, f.typ)
			c.schema = append(c.schema, f.schema)
			c.data = append(c.data, f.data)
			c.meta = append(c.meta, it.meta)
		}
	}
}

// call sends a batch in one round trip, outside any transaction of ours, and returns one outcome per item.
func (c *columns) call(ctx context.Context, q Querier, log int16, batch []*item) ([]Outcome, error) {
	c.fill(batch)
	rows, err := q.Query(ctx, appendSQL,
		log, c.item, c.nth, c.expect, c.stream, c.id, c.typ, c.schema, c.data, c.meta)
	if err != nil {
		return nil, fmt.Errorf("append: %w", err)
	}
	answers := 0
	outcomes := make([]Outcome, len(batch))
	var event int
	var o Outcome
	_, err = pgx.ForEachRow(rows, []any{&event, &o.Result, &o.Version, &o.Position}, func() error {
		if event < 1 || event > len(c.item) {
			return fmt.Errorf("%w: event %d of %d", errAnswer, event, len(c.item))
		}
		if of := &outcomes[c.item[event-1]-1]; of.Version <= o.Version {
			*of = o // the last event's
		}
		answers++
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("append: %w", err)
	}
	if answers != len(c.item) {
		return nil, fmt.Errorf("append: %w: %d of %d", errAnswer, answers, len(c.item))
	}
	return outcomes, nil
}
