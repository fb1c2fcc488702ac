package httpapi

import (
	"context"
	"net/http"
	"strconv"

	"github.com/rising-stars/showcase/projections/ranking"
)

// rank is one line of the ranking, with exactly these fields.
type rank struct {
	Position int64  `json:"position"`
	Username string `json:"username"`
	City     string `json:"city"`
	Votes    int64  `json:"votes"`
}

// rankings answers GET /api/public/rankings, of now or of the past. The header Log-Position says which event the page
// reflects.
func (a *api) rankings(w *reply, r *http.Request) error {
	key := pageKey{list: "rankings", part: window{limit: defaultLimit}}
	if r.URL.RawQuery != "" {
		q := parameters(r)
		key.part, key.city, key.moment = q.between(q.window()), q.city(), q.moment()
		if err := q.err(); err != nil {
			return err
		}
	}
	if key.moment != (Moment{}) {
		return a.pastRankings(w, r, key)
	}
	return a.publish(w, r, key, func(ctx context.Context) (page, error) { return a.rankingPage(ctx, key) })
}

func (a *api) rankingPage(ctx context.Context, key pageKey) (page, error) {
	if key.part.empty() {
		return rankPage(nil)
	}
	rows, position, err := a.Ranking.Page(ctx, key.city, key.part.limit, key.part.offset)
	if err != nil {
		return page{}, err
	}
	p, err := rankPage(rows)
	p.position = []string{strconv.FormatInt(position, 10)}
	return p, err
}

func rankPage(rows []ranking.Row) (page, error) {
	out := make([]rank, 0, len(rows))
	for _, row := range rows {
		out = append(out, rank{row.Position, row.Username, row.City, row.Votes})
	}
	return newPage(out)
}
