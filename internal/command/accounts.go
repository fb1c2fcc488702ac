package command

import (
	"context"

	"github.com/rising-stars/showcase/aggregates/account"
	"github.com/rising-stars/showcase/events"
)

// People finds the stream and the address of a living account.
type People interface {
	StreamOf(ctx context.Context, account events.ID) (stream, email string, ok bool, err error)
}

// SignUp is what somebody signs up with. PasswordHash is argon2id in PHC string form.
type SignUp struct {
	FirstName, LastName, Email, PasswordHash, City, Country string
}

// SignUp registers an account and answers its id; the next request finds it. Refusals: account.ErrFields,
// account.ErrEmailTaken.
func (s *Service) SignUp(ctx context.Context, meta events.Metadata, in SignUp) (events.ID, error) {
	email, wrong := account.CheckEmail(in.Email)
	if len(wrong) > 0 {
		return events.ID{}, account.ErrFields.WithFields(wrong...)
	}
	id := s.NewID()
	meta.Actor = id
	c := account.Register{
		AccountID:   id,
		Profile:     account.Profile{FirstName: in.FirstName, LastName: in.LastName, City: in.City, Country: in.Country},
		Credentials: events.Credentials{Email: email, PasswordHash: in.PasswordHash},
	}
	// The key comes first: an event whose key was lost could never be read. A key without an account is harmless.
	newKey := func() error { return s.Vault.NewKey(ctx, id) }
	d, err := run[account.State](ctx, s, meta, s.accountStream(email), c, newKey)
	if err != nil {
		return events.ID{}, err
	}
	return id, catchUp(ctx, s.Accounts, d)
}

func (s *Service) accountStream(email string) string {
	return events.AccountStream(s.Vault.EmailMAC(account.NormalEmail(email)))
}

// ChangeProfile changes a living account's name and place. Refusals: account.ErrFields, account.ErrNotFound.
func (s *Service) ChangeProfile(ctx context.Context, meta events.Metadata, id events.ID, p account.Profile) error {
	return s.changeAccount(ctx, meta, id, func(string) accountCommand {
		return account.ChangeProfile{AccountID: id, Profile: p}
	})
}

// ChangePassword changes what a living account signs in with. Refusal: account.ErrNotFound.
func (s *Service) ChangePassword(ctx context.Context, meta events.Metadata, id events.ID, hash string) error {
	return s.changeAccount(ctx, meta, id, func(email string) accountCommand {
		return account.ChangePassword{AccountID: id, Credentials: events.Credentials{Email: email, PasswordHash: hash}}
	})
}

// EraseAccount forgets a person: their key is destroyed and what is shown of them is purged before it returns, except
// for ranking and dashboard, which follow within seconds. Erasing an account that is gone changes nothing.
func (s *Service) EraseAccount(ctx context.Context, meta events.Metadata, id events.ID) error {
	return s.changeAccount(ctx, meta, id, func(string) accountCommand { return account.Erase{AccountID: id} })
}

// GrantOrganiser lets a living account act as organiser, from the next request on. Refusals: account.ErrNotFound,
// account.ErrReason.
func (s *Service) GrantOrganiser(ctx context.Context, meta events.Metadata, id events.ID, reason string) error {
	return s.changeAccount(ctx, meta, id, func(string) accountCommand {
		return account.GrantOrganiser{AccountID: id, Reason: reason}
	})
}

// RevokeOrganiser ends that, from the next request on. Refusals: account.ErrNotFound, account.ErrReason.
func (s *Service) RevokeOrganiser(ctx context.Context, meta events.Metadata, id events.ID, reason string) error {
	return s.changeAccount(ctx, meta, id, func(string) accountCommand {
		return account.RevokeOrganiser{AccountID: id, Reason: reason}
	})
}

// accountCommand is any command on an account's stream.
type accountCommand interface {
	Decide(account.State) ([]events.Account, error)
}

func (s *Service) changeAccount(
	ctx context.Context, meta events.Metadata, id events.ID, command func(email string) accountCommand,
) error {
	stream, email, ok, err := s.People.StreamOf(ctx, id)
	if err != nil {
		return err
	}
	if !ok {
		return account.ErrNotFound
	}
	d, err := run[account.State, events.Account](ctx, s, meta, stream, command(email), nil)
	if err != nil {
		return err
	}
	// The gallery reads names with the key that accounts may destroy, so it goes first.
	if err := catchUp(ctx, s.Gallery, d); err != nil {
		return err
	}
	return catchUp(ctx, s.Accounts, d)
}
