package anomaly

// Planted is fraud that is known to be in a log.
type Planted struct {
	Kind    string  `json:"kind"`
	Ballots []int64 `json:"ballots"`
}

// Quality is how well clusters tell planted ballots from others.
type Quality struct {
	Score     int         `json:"score"` // of the clusters that are looked at, at the least
	Clusters  int         `json:"clusters"`
	Marked    int         `json:"marked"`    // ballots in them
	Precision float64     `json:"precision"` // share of those that were planted; 1 when there are none
	Recall    float64     `json:"recall"`    // share of what was planted that is among them; 1 when nothing was
	Kinds     []KindFound `json:"kinds"`
}

// KindFound is how much was found of one kind.
type KindFound struct {
	Kind    string  `json:"kind"`
	Planted int     `json:"planted"`
	Found   int     `json:"found"`
	Recall  float64 `json:"recall"`
}

// Measure holds the strong clusters to what was planted.
func Measure(clusters []Cluster, planted []Planted) Quality {
	return MeasureFrom(clusters, planted, Strong)
}

// MeasureFrom holds the clusters from a score on to what was planted.
func MeasureFrom(clusters []Cluster, planted []Planted, score int) Quality {
	q := Quality{Score: score, Kinds: []KindFound{}}
	marked := map[int64]bool{}
	for _, c := range clusters {
		if c.Score < score {
			continue
		}
		q.Clusters++
		for _, position := range c.Positions {
			marked[position] = true
		}
	}
	q.Marked = len(marked)
	total, found := 0, 0
	for _, p := range planted {
		k := KindFound{Kind: p.Kind, Planted: len(p.Ballots)}
		for _, position := range p.Ballots {
			if marked[position] {
				k.Found++
			}
		}
		k.Recall = share(k.Found, k.Planted)
		q.Kinds = append(q.Kinds, k)
		total, found = total+k.Planted, found+k.Found
	}
	q.Precision, q.Recall = share(found, q.Marked), share(found, total)
	return q
}

func share(n, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(n) / float64(of)
}
