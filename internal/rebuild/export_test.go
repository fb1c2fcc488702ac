package rebuild

import "time"

// NewPatient is New with votes that are so old still counted as coming in, however long a test takes to write them.
func NewPatient(cfg Config, crowdWithin time.Duration) (*Builder, error) {
	b, err := New(cfg)
	if err == nil {
		b.crowdWithin = crowdWithin
	}
	return b, err
}
