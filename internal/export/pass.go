package export

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// Limits of what is between who reads and who writes: they work at the same time.
const (
	batchRows = 1_000
	batches   = 4
)

// columns of text in a row.
const columns = 5

// batch is a run of rows, whose texts are parts of one.
type batch struct {
	rows  []row
	bytes []byte
	ends  [][columns]int
}

func (b *batch) add(r *source) {
	b.rows = append(b.rows, row{
		position: r.position, version: r.version, at: r.at, schema: r.schema, ballot: r.ballot, plain: r.plain,
	})
	var ends [columns]int
	b.bytes, _ = r.id.AppendText(b.bytes) // cannot fail
	ends[0] = len(b.bytes)
	for i, text := range [...][]byte{r.stream, r.typ, r.data, r.meta} {
		b.bytes = append(b.bytes, text...)
		ends[i+1] = len(b.bytes)
	}
	b.ends = append(b.ends, ends)
}

// seal gives the rows their texts.
func (b *batch) seal() {
	all, from := string(b.bytes), 0
	for i := range b.rows {
		r := &b.rows[i]
		for j, text := range [columns]*string{&r.id, &r.stream, &r.typ, &r.data, &r.meta} {
			*text = all[from:b.ends[i][j]]
			from = b.ends[i][j]
		}
	}
}

func (b *batch) empty() { b.rows, b.bytes, b.ends = b.rows[:0], b.bytes[:0], b.ends[:0] }

// pass reads the log in order and has each row written, a few batches behind.
func pass(ctx context.Context, cfg Config, after int64, write func(*row) error) error {
	free, full := make(chan *batch, batches), make(chan *batch, batches) // each has room for all of them
	for range batches {
		free <- new(batch)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(full)
		b := <-free
		err := each(ctx, cfg, after, func(r *source) error {
			b.add(r)
			if len(b.rows) < batchRows {
				return nil
			}
			b.seal()
			full <- b
			select {
			case b = <-free:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		if err == nil {
			b.seal()
			full <- b
		}
		return err
	})
	g.Go(func() error {
		for b := range full {
			for i := range b.rows {
				if err := write(&b.rows[i]); err != nil {
					return err
				}
			}
			b.empty()
			free <- b
		}
		return nil
	})
	return g.Wait()
}
