package httpapi_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/command"
	"github.com/rising-stars/showcase/projections/dashboard"
)

// titles are those of a list of public videos, with its total.
func (s *service) titles(query string) (list []string, total string) {
	s.t.Helper()
	answer := s.do("GET", "/api/public/videos?"+query, "", nil).want(200)
	for _, v := range answer.list() {
		title, _ := v["title"].(string)
		list = append(list, title)
	}
	return list, answer.header.Get("X-Total-Count")
}

func TestOrdersOfPublicVideos(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, _ := s.join("Ana")
	var ids []events.ID
	for i := range 5 {
		ids = append(ids, s.publish(ana, fmt.Sprint("v", i)))
	}
	s.mu.Lock()
	for i, votes := range []int{1, 0, 3, 1, 0} {
		for range votes {
			s.votes[ids[i]] = append(s.votes[ids[i]], newID())
		}
	}
	s.mu.Unlock()
	for query, want := range map[string]string{
		"":                             "v0 v1 v2 v3 v4",
		"sort=oldest":                  "v0 v1 v2 v3 v4",
		"sort=newest":                  "v4 v3 v2 v1 v0",
		"sort=votes":                   "v2 v0 v3 v1 v4",
		"sort=votes&limit=2&page=2":    "v3 v1",
		"sort=newest&limit=2&offset=4": "v0",
		"sort=newest&offset=5":         "",
		"q=V3":                         "v3",
		"q=perez&limit=2&sort=newest":  "v4 v3",
		"q=nada":                       "",
		"q=ána":                        "v0 v1 v2 v3 v4",
		"sort=votes&city=cali":         "",
	} {
		total := map[string]string{"q=V3": "1", "q=nada": "0", "sort=votes&city=cali": "0"}[query]
		if total == "" {
			total = "5"
		}
		if got, n := s.titles(query); strings.Join(got, " ") != want || n != total {
			t.Errorf("%q: %v of %s, want %s of %s", query, got, n, want, total)
		}
	}
	for _, query := range []string{"sort=best", "sort=random&seed=" + strings.Repeat("x", 65), "sort=random&seed=a%20b", "sort=random&seed=1&seed=2", "q=%00"} {
		s.do("GET", "/api/public/videos?"+query, "", nil).refused(400, "request.bad-parameter")
	}
}

func TestShuffle(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, _ := s.join("Ana")
	const n = 30
	for i := range n {
		s.publish(ana, fmt.Sprint("v", i))
	}
	whole, total := s.titles("sort=random&seed=mine&limit=100")
	if sorted := slices.Compact(slices.Sorted(slices.Values(whole))); len(sorted) != n || total != fmt.Sprint(n) {
		t.Fatalf("the shuffle shows %d different videos of %s, want %d", len(sorted), total, n)
	}
	var pages []string
	for page := 1; page <= 5; page++ {
		list, _ := s.titles(fmt.Sprintf("sort=random&seed=mine&limit=7&page=%d", page))
		pages = append(pages, list...)
	}
	if !slices.Equal(pages, whole) {
		t.Errorf("pages of the shuffle are not its parts:\n%v\n%v", pages, whole)
	}
	if other, _ := s.titles("sort=random&seed=yours&limit=100"); slices.Equal(other, whole) {
		t.Error("another seed gives the same order")
	}
	// One more video is somewhere in between and moves none of the others.
	s.publish(ana, "new")
	s.pass(2 * time.Second)
	more, _ := s.titles("sort=random&seed=mine&limit=100")
	if rest := slices.DeleteFunc(slices.Clone(more), func(t string) bool { return t == "new" }); len(more) != n+1 || !slices.Equal(rest, whole) {
		t.Error("a new video changed the order of the others")
	}
}

func TestContestForEverybody(t *testing.T) {
	t.Parallel()
	s := start(t)
	c := s.do("GET", "/api/public/contest", "", nil).want(200).object()
	if c["open"] != true || c["name"] != "ANB" || c["finalists_per_city"] != float64(1) {
		t.Errorf("the contest is %v", c)
	}
	s.pass(48 * time.Hour)
	if c := s.do("GET", "/api/public/contest", "", nil).want(200).object(); c["open"] != false {
		t.Errorf("after its end the contest is %v", c)
	}
}

func TestStanding(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, anas := s.join("Ana")
	leo, leos := s.join("Leo")
	_, evas := s.join("Eva")
	s.do("GET", "/api/user/standing", "", nil).refused(401, "auth.token-missing")
	if row := s.do("GET", "/api/user/standing", evas, nil).want(200).object(); row["position"] != nil || row["city"] != "Bogotá" || row["finalist"] != false {
		t.Errorf("without a video the row is %v", row)
	}
	first, second := s.publish(ana, "a"), s.publish(leo, "b")
	s.mu.Lock()
	s.votes[first] = []events.ID{newID(), newID()}
	s.votes[second] = []events.ID{newID()}
	s.hours = []dashboard.Hour{{Hour: s.opens.Truncate(time.Hour), Votes: 2}}
	s.moments[first] = []command.Moment{{Stage: command.MomentQueued, At: s.opens}, {Stage: command.MomentReady, At: s.opens.Add(time.Minute)}}
	s.mu.Unlock()
	if row := s.do("GET", "/api/user/standing", anas, nil).want(200).object(); row["position"] != 1.0 || row["finalist"] != true || row["votes"] != 2.0 || row["participants"] != 2.0 {
		t.Errorf("the leader's row is %v", row)
	}
	if row := s.do("GET", "/api/user/standing", leos, nil).want(200).object(); row["city_position"] != 2.0 || row["finalist"] != false {
		t.Errorf("the second's row is %v", row)
	}
	d := s.do("GET", "/api/dashboard", anas, nil).want(200).object()
	if national, ok := d["national"].(map[string]any); !ok || national["rank"] != 1.0 || national["participants"] != 2.0 {
		t.Errorf("in the country: %v", d["national"])
	}
	if hours, ok := d["votes_by_hour"].([]any); !ok || len(hours) != 1 {
		t.Errorf("votes by hour: %v", d["votes_by_hour"])
	}
	if stages, ok := s.do("GET", "/api/videos/"+first.String(), anas, nil).want(200).object()["stages"].([]any); !ok || len(stages) != 2 {
		t.Errorf("stages: %v", stages)
	}
}
