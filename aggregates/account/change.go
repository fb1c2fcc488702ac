package account

import "github.com/rising-stars/showcase/events"

// ChangeProfile changes the owner's name and place.
type ChangeProfile struct {
	AccountID events.ID
	Profile   Profile
}

// Decide refuses a wrong field and an account that is not there.
func (c ChangeProfile) Decide(s State) ([]events.Account, error) {
	profile, err := c.Profile.Check()
	if err != nil {
		return nil, err
	}
	if !s.is(c.AccountID) {
		return nil, ErrNotFound
	}
	return []events.Account{events.AccountProfileChanged{
		AccountID: c.AccountID,
		Person:    events.Open(profile.Person()),
		City:      profile.City,
		Country:   profile.Country,
	}}, nil
}

// ChangePassword changes what the owner signs in with. The address stays what it was: it keys the stream.
type ChangePassword struct {
	AccountID   events.ID
	Credentials events.Credentials
}

// Decide refuses an account that is not there.
func (c ChangePassword) Decide(s State) ([]events.Account, error) {
	if !s.is(c.AccountID) {
		return nil, ErrNotFound
	}
	return []events.Account{events.AccountPasswordChanged{
		AccountID: c.AccountID, Credentials: events.Open(c.Credentials),
	}}, nil
}

// Erase forgets the owner.
type Erase struct {
	AccountID events.ID
}

// Decide refuses an account that was never there; erasing twice changes nothing.
func (c Erase) Decide(s State) ([]events.Account, error) {
	switch {
	case s.Status == Erased && s.ID == c.AccountID:
		return nil, nil
	case !s.is(c.AccountID):
		return nil, ErrNotFound
	}
	return []events.Account{events.AccountErased{AccountID: c.AccountID}}, nil
}
