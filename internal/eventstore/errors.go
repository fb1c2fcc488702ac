package eventstore

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

var errAnswer = errors.New("the server did not answer for every event")

// isTransient reports whether an error leaves the outcome unknown, or comes from a server that may soon be able again.
// Whatever is not the server's own answer comes from the way to it.
func isTransient(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return !errors.Is(err, errAnswer)
	}
	switch class(pg) {
	case "08", // connection
		"40", // serialization, deadlock
		"53", // out of something
		"57", // shutting down, starting, cancelled
		"58": // system
		return true
	}
	return pg.Code == readOnly || pg.Code == lockNotAvailable
}

// SQLSTATEs outside the classes above that pass: a server that became a standby, a lock that was not free in time.
const (
	readOnly         = "25006"
	lockNotAvailable = "55P03"
)

// isData reports whether the server refused what was sent, so that one item alone may be to blame.
func isData(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return false
	}
	switch class(pg) {
	case "22", // data
		"23", // constraint
		"54": // size
		return true
	}
	return false
}

func class(e *pgconn.PgError) string { return e.Code[:min(2, len(e.Code))] }
