package sim

// A t4g.small earns 24 credits an hour, holds 576, and a credit is a minute of one processor. Prices are list prices from
// memory for us-east-1, in dollars; deploy/SIZING.md says so too.
const (
	creditsPerSecond = 24.0 / 3600
	creditsMost      = 576.0
	processors       = 2.0
	baseline         = 0.4 // processors' worth that the earned credits pay for
	hourPrice        = 0.0168
	surplusPrice     = 0.04 // per processor and hour
)

// purse is the credits of one instance. Below zero are surplus credits, which unlimited instances may spend.
type purse struct {
	credits float64
	at      float64
	never   bool // standard: nothing below zero
}

// earn brings the purse to now.
func (p *purse) earn(now float64) {
	p.credits = min(creditsMost, p.credits+(now-p.at)*creditsPerSecond)
	p.at = now
}

// spend takes the CPU seconds of some work that would take wall seconds on free processors, and tells how long it takes.
func (p *purse) spend(now, cpu, wall float64) float64 {
	p.earn(now)
	need := cpu / 60
	if p.never && p.credits < need {
		paid := max(0, p.credits)
		rest := (need - paid) * 60 // CPU seconds without credits
		p.credits -= paid
		p.at = now + rest/baseline // what is earned meanwhile is what it runs on
		return wall*paid/need + rest/baseline
	}
	p.credits -= need
	return wall
}

// owed are the credits that are charged when the instance goes, or at the end.
func (p *purse) owed(now float64) float64 {
	p.earn(now)
	return max(0, -p.credits)
}
