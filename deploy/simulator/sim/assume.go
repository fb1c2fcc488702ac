package sim

// Assumptions are what the templates do not say: what was measured, and what AWS does not document.
type Assumptions struct {
	JobCPU      float64 // CPU seconds of a job of 30 s of 1080p; measured 19.7 on two shared cores
	JobWall     float64 // seconds on both processors; measured 11.4
	JobTransfer float64 // seconds for reading the original and storing the results
	JobSpread   float64 // sigma of the logarithm of a job's size
	Processor   float64 // how much slower the instance's processor is than the one that was measured

	Boot        float64 // seconds from launch to the first receive
	Build       float64 // seconds more when the host is built at boot instead of unpacked
	MetricDelay float64 // seconds until a metric's minute can be seen
	OutPeriods  int     // minutes above the target before target tracking grows; AWS makes the alarm itself
	InPeriods   int     // minutes below it before it shrinks
	InShare     float64 // share of the target below which it shrinks
	InStep      int     // instances that one shrinking takes away at most
	Replace     float64 // seconds until a dead instance is noticed

	Backoff    float64 // seconds before the second try of a failed job; doubles
	RequestCPU float64 // CPU seconds of an average request
	Slowest    float64 // ratio of the 95th percentile of answers to the mean
}

// Measured are the assumptions that the objectives are asserted for.
func Measured() Assumptions {
	return Assumptions{
		JobCPU: 19.7, JobWall: 11.4, JobTransfer: 3, JobSpread: 0.3, Processor: 1.15,
		Boot: 120, Build: 420, MetricDelay: 60, OutPeriods: 3, InPeriods: 15, InShare: 0.9, InStep: 1, Replace: 150,
		Backoff: 60, RequestCPU: 0.0015, Slowest: 3,
	}
}

// Band is an assumption with the lowest and the highest value that we hold possible.
type Band struct {
	Name      string
	Low, High float64
	Set       func(a *Assumptions, v float64)
}

// Bands are the assumptions that nobody can look up.
func Bands() []Band {
	return []Band{
		{"slowness of the processor", 0.8, 1.6, func(a *Assumptions, v float64) { a.Processor = v }},
		{"boot, s", 60, 240, func(a *Assumptions, v float64) { a.Boot = v }},
		{"metric delay, s", 30, 180, func(a *Assumptions, v float64) { a.MetricDelay = v }},
		{"minutes before growing", 2, 5, func(a *Assumptions, v float64) { a.OutPeriods = int(v) }},
		{"minutes before shrinking", 10, 20, func(a *Assumptions, v float64) { a.InPeriods = int(v) }},
		{"share of the target to shrink", 0.7, 1, func(a *Assumptions, v float64) { a.InShare = v }},
		{"instances per shrinking", 1, 3, func(a *Assumptions, v float64) { a.InStep = int(v) }},
		{"spread of job sizes", 0.1, 0.6, func(a *Assumptions, v float64) { a.JobSpread = v }},
		{"transfer per job, s", 1, 10, func(a *Assumptions, v float64) { a.JobTransfer = v }},
	}
}
