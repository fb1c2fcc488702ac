package app

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/analysis"
	"github.com/rising-stars/showcase/internal/anomaly"
	"github.com/rising-stars/showcase/internal/plot"
)

// Sizes of pictures.
const (
	raceMoments = 61
	groupSteps  = 120
	maxGroups   = 12
)

// RacePicture is how the places of those changed who end among the first top players of a city.
func (a *Analyst) RacePicture(ctx context.Context, upTo int64, city string, top int) (plot.Picture, error) {
	end, err := a.AsOf(ctx, upTo)
	if err != nil {
		return nil, err
	}
	lines := analysis.InCity(end.Lines, city)
	lines = lines[:min(top, len(lines))]
	race := plot.Race{City: city}
	if city != "" && len(lines) > 0 {
		race.City = lines[0].City
	}
	if err := a.racers(ctx, &race, lines); err != nil {
		return nil, err
	}
	first, err := a.RecordedAt(ctx, 1)
	if err != nil {
		return nil, err
	}
	last, err := a.RecordedAt(ctx, upTo)
	if err != nil {
		return nil, err
	}
	for i := range raceMoments {
		at := first.Add(last.Sub(first) * time.Duration(i) / (raceMoments - 1))
		position := upTo
		if i < raceMoments-1 {
			if position, err = a.PositionAt(ctx, at); err != nil {
				return nil, err
			}
		}
		then, err := a.AsOf(ctx, position)
		if err != nil {
			return nil, err
		}
		race.Moments = append(race.Moments, at)
		mark(&race, lines, analysis.InCity(then.Lines, city))
	}
	return race, nil
}

func (a *Analyst) racers(ctx context.Context, race *plot.Race, lines []analysis.Line) error {
	names, err := a.namesOf(ctx, lines)
	for _, l := range lines {
		race.Racers = append(race.Racers, plot.Racer{Name: names[l.Player]})
	}
	return err
}

// mark adds a moment to the racers.
func mark(race *plot.Race, racers, then []analysis.Line) {
	places := make(map[events.ID]int, len(then))
	for i, l := range then {
		places[l.Player] = i + 1
	}
	for i, l := range racers {
		r := &race.Racers[i]
		place := places[l.Player]
		votes := int64(0)
		if place > 0 {
			votes = then[place-1].Votes
		}
		if votes == 0 {
			place = 0 // whoever has no votes yet has no place worth a line
		}
		r.Places, r.Votes = append(r.Places, place), append(r.Votes, votes)
	}
}

// namesOf are the players' names, or the beginnings of their ids where names are not known.
func (a *Analyst) namesOf(ctx context.Context, lines []analysis.Line) (map[events.ID]string, error) {
	positions := make([]int64, 0, len(lines))
	for _, l := range lines {
		positions = append(positions, l.NameAt)
	}
	told, err := a.Names(ctx, positions)
	names := make(map[events.ID]string, len(lines))
	for _, l := range lines {
		names[l.Player] = cmp.Or(told[l.NameAt], l.Player.String())
	}
	return names, err
}

// HourlyPicture is the votes of each hour for each city, or for one.
func (f *Anomalies) HourlyPicture(city string) plot.Picture {
	cityOf := map[events.ID]string{}
	for _, l := range analysis.InCity(f.Official.Lines, city) {
		cityOf[l.Player] = l.City
	}
	key := func(video events.ID) string { return cityOf[f.Owner(video)] }
	from, hours := f.log.Hours(key)
	delete(hours, "")
	h := plot.Hourly{From: from}
	for name, votes := range hours {
		h.Cities = append(h.Cities, plot.CityHours{Name: name, Votes: votes, Bursts: make([]bool, len(votes))})
	}
	slices.SortFunc(h.Cities, func(a, b plot.CityHours) int { return cmp.Compare(a.Name, b.Name) })
	for _, c := range f.Clusters {
		burst := slices.ContainsFunc(c.Signals, func(s anomaly.Signal) bool { return s.Name == anomaly.Burst })
		if !burst || c.Score < anomaly.Strong {
			continue
		}
		for i := range h.Cities {
			if h.Cities[i].Name != key(c.Videos[0]) {
				continue
			}
			for n := int(c.From.Sub(from).Hours()); n <= int(c.To.Sub(from).Hours()); n++ {
				h.Cities[i].Bursts[n] = true
			}
		}
	}
	return h
}

// GroupsPicture is the groups with the votes around each.
func (f *Anomalies) GroupsPicture(ctx context.Context, a *Analyst, upTo time.Time, city string) (plot.Picture, error) {
	names, err := a.namesOf(ctx, f.Official.Lines)
	if err != nil {
		return nil, err
	}
	inCity := map[events.ID]bool{}
	for _, l := range analysis.InCity(f.Official.Lines, city) {
		inCity[l.Player] = true
	}
	g := plot.Groups{UpTo: upTo}
	for _, c := range f.Clusters {
		if c.Score < anomaly.Strong || len(g.Groups) == maxGroups || !inCity[f.Owner(c.Videos[0])] {
			continue
		}
		one := plot.Group{Name: names[f.Owner(c.Videos[0])], Score: c.Score, Ballots: c.Ballots}
		if n := len(c.Videos) - 1; n > 0 {
			one.More = n
		}
		for _, s := range c.Signals {
			one.Signals = append(one.Signals, s.Name)
		}
		one.From, one.Step, one.Own, one.Other = f.log.Around(c, groupSteps)
		g.Groups = append(g.Groups, one)
	}
	return g, nil
}

// LagPicture is how long each video waited.
func (a *Analyst) LagPicture(ctx context.Context, upTo int64) (plot.Picture, error) {
	waits, err := a.Waits(ctx, upTo)
	var l plot.Lag
	for _, w := range waits {
		l.Videos = append(l.Videos, plot.Wait{Name: w.Video.String(), Sent: w.Sent, Took: w.Took, Bad: w.Bad})
	}
	return l, err
}
