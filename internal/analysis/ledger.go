package analysis

import "github.com/rising-stars/showcase/events"

// Amend applies an act of the ledger to counted videos.
func Amend(videos map[events.ID]*Video, fact events.Ledger) {
	switch f := fact.(type) {
	case events.BallotsVoided:
		for _, g := range f.Ballots {
			if v := videos[g.VideoID]; v != nil {
				v.Votes -= int64(len(g.Positions))
			}
		}
		for _, n := range f.Newest {
			if v := videos[n.VideoID]; v != nil && v.Reached <= f.UpTo {
				v.Reached = n.Position
			}
		}
	case events.BallotsReinstated:
		for _, g := range f.Ballots {
			v := videos[g.VideoID]
			if v == nil {
				continue
			}
			v.Votes += int64(len(g.Positions))
			for _, position := range g.Positions {
				v.Reached = max(v.Reached, position)
			}
		}
	}
}

// Void are the positions of the ballots that do not count after these facts.
func Void(facts []events.Ledger) map[int64]bool {
	void := map[int64]bool{}
	for _, fact := range facts {
		switch f := fact.(type) {
		case events.BallotsVoided:
			for _, g := range f.Ballots {
				for _, position := range g.Positions {
					void[position] = true
				}
			}
		case events.BallotsReinstated:
			for _, g := range f.Ballots {
				for _, position := range g.Positions {
					delete(void, position)
				}
			}
		}
	}
	return void
}
