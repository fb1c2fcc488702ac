package vault

import (
	"context"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// rewrapBatch is how many keys one transaction of Rewrap turns.
const rewrapBatch = 500

// Rewrap wraps every account key that old wraps by next instead, and returns how many it turned. It needs the owner's
// role, may be interrupted and repeated, and reads no value. While it runs a vault knows only one of the two: stop the
// application, or expect ErrMaster; after it, give the vaults next and the first master key as Rooted.
func Rewrap(ctx context.Context, pool *pgxpool.Pool, old, next [32]byte, random io.Reader) (int, error) {
	from, to := newMasterKey(old), newMasterKey(next)
	turned := 0
	for {
		n := 0
		err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) (err error) {
			n, err = rewrapSome(ctx, tx, from, to, random)
			return err
		})
		if err != nil {
			return turned, fmt.Errorf("rewrap account keys: %w", err)
		}
		if turned += n; n < rewrapBatch {
			return turned, nil
		}
	}
}

func rewrapSome(ctx context.Context, tx pgx.Tx, from, to masterKey, random io.Reader) (int, error) {
	rows, err := tx.Query(ctx, `
		SELECT account_id, master_id, wrapped
		FROM account_keys
		WHERE master_id = $1
		LIMIT $2
		FOR UPDATE`, from.id, rewrapBatch)
	if err != nil {
		return 0, err
	}
	keys, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (k keyRow, err error) {
		err = row.Scan((*[16]byte)(&k.account), &k.master, &k.wrapped)
		return k, err
	})
	if err != nil {
		return 0, err
	}
	updates := &pgx.Batch{}
	for _, k := range keys {
		key, err := from.unwrap(k)
		if err != nil {
			return 0, fmt.Errorf("key of account %s: %w", k.account, err)
		}
		wrapped, err := to.wrap(k.account, key, random)
		if err != nil {
			return 0, err
		}
		updates.Queue(`
			UPDATE account_keys
			SET master_id = $2, wrapped = $3
			WHERE account_id = $1`, [16]byte(k.account), to.id, wrapped)
	}
	return len(keys), tx.SendBatch(ctx, updates).Close()
}
