package httpapi

import (
	"context"
	"net/http"
	"strconv"
)

// rank is one line of the ranking, with exactly these fields.
type rank struct {
	Position int64  `json:"position"`
	Username string `json:"username"`
	City     string `json:"city"`
	Votes    int64  `json:"votes"`
}

// rankings answers GET /api/public/rankings. The header Log-Position says which event the page reflects.
func (a *api) rankings(w *reply, r *http.Request) error {
	key := pageKey{list: "rankings", part: window{limit: defaultLimit}}
	if r.URL.RawQuery != "" {
		q := parameters(r)
		key.part, key.city = q.between(q.window()), q.city()
		if err := q.err(); err != nil {
			return err
		}
	}
	return a.publish(w, r, key, func(ctx context.Context) (page, error) { return a.rankingPage(ctx, key) })
}

func (a *api) rankingPage(ctx context.Context, key pageKey) (page, error) {
	out := []rank{}
	if key.part.empty() {
		return newPage(out)
	}
	rows, position, err := a.Ranking.Page(ctx, key.city, key.part.limit, key.part.offset)
	if err != nil {
		return page{}, err
	}
	for _, row := range rows {
		out = append(out, rank{row.Position, row.Username, row.City, row.Votes})
	}
	p, err := newPage(out)
	p.position = []string{strconv.FormatInt(position, 10)}
	return p, err
}
