package account

import "github.com/rising-stars/showcase/events"

// Register signs somebody up.
type Register struct {
	AccountID   events.ID
	Profile     Profile
	Credentials events.Credentials
}

// Decide refuses a wrong field and an address that is taken.
func (c Register) Decide(s State) ([]events.Account, error) {
	profile, err := c.Profile.Check()
	if err != nil {
		return nil, err
	}
	if s.Status == Active {
		return nil, ErrEmailTaken
	}
	return []events.Account{events.AccountRegistered{
		AccountID:   c.AccountID,
		Person:      events.Open(profile.Person()),
		Credentials: events.Open(c.Credentials),
		City:        profile.City,
		Country:     profile.Country,
	}}, nil
}
