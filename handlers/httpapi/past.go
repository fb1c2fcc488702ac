package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/rising-stars/showcase/internal/fault"
	"github.com/rising-stars/showcase/projections/ranking"
)

// Past tells what the ranking was. At the zero time, position decides. Refusals: ErrNoMoment, ErrPastBusy.
type Past interface {
	RankingAt(ctx context.Context, m Moment, city string, limit, offset int) (rows []ranking.Row, position int64, err error)
}

// Moment is a time, or a position in the log when the time is zero. The zero value is now.
type Moment struct {
	At       time.Time
	Position int64
}

// ErrNoMoment refuses a moment that the log does not have.
var ErrNoMoment = fault.New(fault.NotFound, "ranking.no-such-moment",
	"No hay clasificación de ese momento: es anterior al primer suceso o posterior al último.",
	"There is no ranking of that moment: it is before the first event or after the last.")

// ErrPastBusy refuses a moment while too many others are being counted.
var ErrPastBusy = fault.New(fault.Unavailable, "ranking.past-busy",
	"Se están consultando muchas clasificaciones pasadas. Intenta de nuevo en unos segundos.",
	"Many past rankings are being asked for. Try again in a few seconds.").After(5 * time.Second)

// headPast lets a past answer be kept for a minute, and then asks whether it still holds: its votes never change, the
// names in it may be erased. See ADR 0013.
var headPast = []string{"public, max-age=60, must-revalidate"}

// moment reads at or position.
func (q *query) moment() (m Moment) {
	if q.has("position") {
		n, ok := digits(q.values.Get("position"))
		m.Position = int64(n)
		if !ok || n < 1 || len(q.values["position"]) > 1 {
			q.refuse("position", "Debe ser un número entero de 1 o más.", "It must be a whole number from 1 up.")
		}
	}
	if !q.has("at") {
		return m
	}
	at, err := time.Parse(time.RFC3339Nano, q.values.Get("at"))
	if m.At = at.UTC(); err != nil || len(q.values["at"]) > 1 {
		q.refuse("at", "Debe ser una hora con zona, como 2026-11-20T18:00:00-05:00.", "It must be a time with a zone, such as 2026-11-20T18:00:00-05:00.")
	}
	if q.has("position") {
		q.refuse("at", "Usa at o position, no ambos.", "Use at or position, not both.")
	}
	return m
}

// pastRankings answers a page of a past ranking.
func (a *api) pastRankings(w *reply, r *http.Request, key pageKey) error {
	if key.moment.At.After(a.Now()) {
		return ErrNoMoment
	}
	return a.publishFrom(w, r, a.asked, key, func(ctx context.Context) (page, error) {
		rows, position, err := a.Past.RankingAt(ctx, key.moment, key.city, key.part.limit, key.part.offset)
		if err != nil {
			return page{}, err
		}
		p, err := rankPage(rows)
		p.position, p.cache = []string{strconv.FormatInt(position, 10)}, headPast
		return p, err
	})
}
