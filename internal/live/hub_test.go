package live_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/live"
	"github.com/rising-stars/showcase/projections/gallery"
	"github.com/rising-stars/showcase/projections/ranking"
)

// contest is what the hub looks at.
type contest struct {
	mu       sync.Mutex
	position int64
	looks    int
	reads    int
	votes    [2]int64    // of Ana in Cali and Beto in Pasto
	more     []events.ID // public videos of Ana, beside her first
	known    bool        // what of hers is no longer public is still there
}

// show makes the public videos of Ana, beside her first, these.
func (c *contest) show(known bool, ids ...events.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.more, c.known = ids, known
	c.position++
}

func (c *contest) Known(_ context.Context, ids []events.ID) (map[events.ID]bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := map[events.ID]bool{}
	for _, id := range ids {
		known[id] = c.known
	}
	return known, nil
}

func (c *contest) vote(player int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.votes[player]++
	c.position++
}

func (c *contest) Position(context.Context) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looks++
	return c.position, nil
}

func (c *contest) Tops(context.Context, int) ([]ranking.Top, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reads++
	ana := ranking.Top{Row: ranking.Row{Position: 1, Username: "Ana", City: "Cali", Votes: c.votes[0]}, CityKey: "cali", CityPosition: 1, CityPlayers: 1, CityVotes: c.votes[0]}
	beto := ranking.Top{Row: ranking.Row{Position: 2, Username: "Beto", City: "Pasto", Votes: c.votes[1]}, CityKey: "pasto", CityPosition: 1, CityPlayers: 1, CityVotes: c.votes[1]}
	if c.votes[1] > c.votes[0] {
		ana.Position, beto.Position = 2, 1
		return []ranking.Top{beto, ana}, nil
	}
	return []ranking.Top{ana, beto}, nil
}

func (c *contest) Totals(context.Context) (players, votes int64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return 2, c.votes[0] + c.votes[1], nil
}

func (c *contest) Tallies(context.Context, int) ([]ranking.Tally, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := []ranking.Tally{{VideoID: events.ID{1}, CityKey: "cali", Votes: c.votes[0]}}
	for _, id := range c.more {
		list = append(list, ranking.Tally{VideoID: id, CityKey: "cali"})
	}
	return list, nil
}

func (c *contest) Watched(context.Context, []gallery.Watch, int) ([]gallery.State, error) {
	return nil, nil
}

// in runs a hub in a bubble of its own time.
func in(t *testing.T, f func(*testing.T, *contest, *live.Hub)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &contest{position: 5}
		h := live.New(live.Config{
			Ranking: c, Videos: c, Revoked: func(events.ID) bool { return false }, Log: slog.New(slog.DiscardHandler),
			Every: time.Second, Max: 3, MaxPerAddress: 3, MaxPerAccount: 1,
		})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- h.Run(ctx) }()
		f(t, c, h)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if h.Len() != 0 {
			t.Errorf("%d listen after the end", h.Len())
		}
	})
}

func listen(t *testing.T, h *live.Hub, want live.Want) *live.Listener {
	t.Helper()
	l, err := h.Listen(live.Who{Address: netip.MustParsePrefix("10.0.0.1/32")}, want)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return l
}

// heard is all that waits for a listener.
func heard(l *live.Listener) string {
	synctest.Wait()
	var b strings.Builder
	for {
		select {
		case frames, open := <-l.C:
			if !open {
				return b.String() + "closed"
			}
			b.Write(bytes.Join(frames, nil))
		default:
			return b.String()
		}
	}
}

func TestVotesOfASecondAreOneMessage(t *testing.T) {
	in(t, func(t *testing.T, c *contest, h *live.Hub) {
		all, cali := listen(t, h, live.Want{Since: -1}), listen(t, h, live.Want{City: "CALÍ", Since: -1})
		if got := heard(all); got != "id: 5\nevent: position\ndata: {\"log_position\":5}\n\n" {
			t.Errorf("at first: %q", got)
		}
		heard(cali)
		for range 500 {
			c.vote(0)
		}
		time.Sleep(time.Second)
		got := heard(all)
		if strings.Count(got, "event: ranking") != 2 || !strings.Contains(got, `"city":"","log_position":505`) ||
			!strings.Contains(got, `"videos":[{"video_id":"01000000-0000-0000-0000-000000000000","votes":500}]`) || strings.Contains(got, "Beto") {
			t.Errorf("the country and one city: %s", got)
		}
		if got := heard(cali); strings.Count(got, "event: ranking") != 1 || strings.Count(got, "id: ") != 1 || !strings.HasSuffix(got, "\"log_position\":505}\n\n") {
			t.Errorf("one city: %s", got)
		}
		c.vote(1)
		time.Sleep(time.Second)
		if got := heard(cali); strings.Contains(got, "event: ranking") || !strings.Contains(got, "id: 506") {
			t.Errorf("another city's vote: %s", got)
		}
	})
}

func TestResumeTellsWhatChangedSince(t *testing.T) {
	in(t, func(t *testing.T, c *contest, h *live.Hub) {
		stays := listen(t, h, live.Want{Since: -1})
		for range 3 {
			c.vote(0)
			time.Sleep(time.Second)
			heard(stays)
		}
		for since, want := range map[int64]string{5: `"full":false`, 7: `"full":false`, 4: `"full":true`, 99: `"full":true`} {
			l := listen(t, h, live.Want{City: "cali", Since: since})
			if since > 8 { // it may be one that the next look sees
				if got := heard(l); got != "" {
					t.Errorf("from %d, at once: %s", since, got)
				}
				time.Sleep(time.Second)
			}
			if got := heard(l); !strings.Contains(got, want) || !strings.Contains(got, `"votes":3`) || !strings.Contains(got, "id: 8\n") {
				t.Errorf("from %d: %s", since, got)
			}
			l.Close()
		}
		l := listen(t, h, live.Want{City: "pasto", Since: 5})
		if got := heard(l); strings.Contains(got, "ranking") {
			t.Errorf("nothing changed there: %s", got)
		}
	})
}

func TestWhoDoesNotReadIsLetGo(t *testing.T) {
	in(t, func(t *testing.T, c *contest, h *live.Hub) {
		slow, quick := listen(t, h, live.Want{Since: -1}), listen(t, h, live.Want{Since: -1})
		for range 20 {
			c.vote(0)
			time.Sleep(time.Second)
			heard(quick)
		}
		if h.Len() != 1 || !strings.HasSuffix(heard(slow), "closed") {
			t.Errorf("%d listen", h.Len())
		}
		slow.Close()
	})
}

func TestNobodyListensNobodyAsks(t *testing.T) {
	in(t, func(t *testing.T, c *contest, h *live.Hub) {
		time.Sleep(time.Minute)
		synctest.Wait()
		if c.looks != 0 {
			t.Errorf("%d looks for nobody", c.looks)
		}
		l := listen(t, h, live.Want{Since: -1})
		time.Sleep(time.Minute)
		synctest.Wait()
		if c.reads != 1 || c.looks < 60 || c.looks > 62 {
			t.Errorf("%d looks, %d reads in a quiet minute", c.looks, c.reads)
		}
		l.Close()
	})
}

func TestOnlySoMany(t *testing.T) {
	in(t, func(t *testing.T, _ *contest, h *live.Hub) {
		somebody := live.Who{Account: events.ID{7}}
		first, err := h.Listen(somebody, live.Want{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Listen(somebody, live.Want{}); fmt.Sprint(err) != live.ErrTooMany.Error() {
			t.Errorf("an account's second: %v", err)
		}
		first.Close()
		if first, err = h.Listen(somebody, live.Want{}); err != nil {
			t.Errorf("after the first left: %v", err)
		}
		listen(t, h, live.Want{})
		listen(t, h, live.Want{})
		if _, err := h.Listen(live.Who{}, live.Want{}); fmt.Sprint(err) != live.ErrFull.Error() {
			t.Errorf("an instance's fourth: %v", err)
		}
		first.Close()
	})
}

func TestVideosComeAndGo(t *testing.T) {
	in(t, func(t *testing.T, c *contest, h *live.Hub) {
		all, pasto := listen(t, h, live.Want{Since: -1}), listen(t, h, live.Want{City: "pasto", Since: -1})
		heard(all)
		heard(pasto)
		for _, step := range []struct {
			known  bool
			public []events.ID
			want   []string
		}{
			{true, []events.ID{{2}, {3}}, []string{"02 published", "03 published"}},
			{true, []events.ID{{2}, {3}}, nil},
			{true, []events.ID{{3}, {4}}, []string{"04 published", "02 withdrawn"}},
			{false, nil, []string{"03 deleted", "04 deleted"}},
		} {
			c.show(step.known, step.public...)
			time.Sleep(time.Second)
			var want strings.Builder
			for _, w := range step.want {
				id, change, _ := strings.Cut(w, " ")
				fmt.Fprintf(&want, "event: gallery\ndata: {\"video_id\":\"%s000000-0000-0000-0000-000000000000\",\"change\":%q}\n\n", id, change)
			}
			for _, l := range []*live.Listener{all, pasto} {
				got := heard(l)
				if !strings.HasPrefix(got, want.String()) || strings.Count(got, "event: gallery") != len(step.want) {
					t.Errorf("heard %s\nwant %s", got, want.String())
				}
			}
		}
	})
}

// TestResumeTellsWhatCameAndWent has somebody come back: they are told the last word on each video since then, or that
// they missed some.
func TestResumeTellsWhatCameAndWent(t *testing.T) {
	in(t, func(t *testing.T, c *contest, h *live.Hub) {
		stays := listen(t, h, live.Want{Since: -1})
		for _, public := range [][]events.ID{{{2}, {3}}, {{3}}, {{3}, {4}}} { // at 6, 7 and 8
			c.show(true, public...)
			time.Sleep(time.Second)
			heard(stays)
		}
		for since, want := range map[int64][]string{
			5: {"03 published", "02 withdrawn", "04 published"}, 6: {"02 withdrawn", "04 published"}, 7: {"04 published"}, 8: nil, 4: {"missed"},
		} {
			l := listen(t, h, live.Want{Since: since})
			got := heard(l)
			at := 0
			for _, w := range want {
				id, change, named := strings.Cut(w, " ")
				frame := `{"video_id":"` + id + `000000-0000-0000-0000-000000000000","change":"` + change + `"}`
				if !named {
					frame = `{"change":"missed"}`
				}
				i := strings.Index(got[at:], "event: gallery\ndata: "+frame)
				if i < 0 {
					t.Errorf("from %d: no %s, in order, in %s", since, w, got)
				}
				at += max(i, 0)
			}
			if n := strings.Count(got, "event: gallery"); n != len(want) {
				t.Errorf("from %d: %d told: %s", since, n, got)
			}
			l.Close()
		}
	})
}

// TestMovesAreForgotten lets more videos come than are remembered.
func TestMovesAreForgotten(t *testing.T) {
	in(t, func(t *testing.T, c *contest, h *live.Hub) {
		stays := listen(t, h, live.Want{Since: -1})
		for i := range 1_002 { // one comes and another goes at each step but the first
			c.show(true, events.ID{2, byte(i >> 8), byte(i)})
			time.Sleep(time.Second)
			heard(stays)
		}
		for since, missed := range map[int64]bool{506: true, 507: false, 1006: false} {
			l := listen(t, h, live.Want{Since: since})
			if got := heard(l); strings.Contains(got, `"missed"`) != missed {
				t.Errorf("from %d: it says so: %t", since, !missed)
			}
			l.Close()
		}
	})
}
