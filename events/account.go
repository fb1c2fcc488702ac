package events

// Account is the sum of all facts on an account's stream.
//
//sumtype:decl
type Account interface {
	Event
	account()
}

// Person is what an account's owner told about themselves. It is written only sealed.
type Person struct {
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
}

// Credentials are how an account's owner signs in. They are written only sealed.
type Credentials struct {
	Email        string `json:"email"`
	PasswordHash string `json:"password_hash"` // argon2id in PHC string form
}

// AccountRegistered says that somebody signed up. The stream is keyed by the e-mail's HMAC, so that a second sign-up
// with the same address is a version conflict; AccountID is the public id.
type AccountRegistered struct {
	AccountID   ID                  `json:"account_id"`
	Person      Sealed[Person]      `json:"person"`
	Credentials Sealed[Credentials] `json:"credentials"`
	City        string              `json:"city"`
	Country     string              `json:"country"`
}

// AccountProfileChanged says what the owner's name and place are from now on.
type AccountProfileChanged struct {
	AccountID ID             `json:"account_id"`
	Person    Sealed[Person] `json:"person"`
	City      string         `json:"city"`
	Country   string         `json:"country"`
}

// AccountPasswordChanged says what the owner signs in with from now on; also written when the hash's cost is raised.
type AccountPasswordChanged struct {
	AccountID   ID                  `json:"account_id"`
	Credentials Sealed[Credentials] `json:"credentials"`
}

// AccountErased says that the owner asked to be forgotten. The accounts projection destroys the key in the same
// transaction in which it applies this fact.
type AccountErased struct {
	AccountID ID `json:"account_id"`
}

// RoleOrganiser is the role of whoever sets the contest and decides on entries.
const RoleOrganiser = "organiser"

// AccountRoleGranted says that an account may act in a role from now on, and why. Metadata has who decided it.
type AccountRoleGranted struct {
	AccountID ID     `json:"account_id"`
	Role      string `json:"role"`
	Reason    string `json:"reason"`
}

// AccountRoleRevoked says that an account may no longer act in a role, and why.
type AccountRoleRevoked struct {
	AccountID ID     `json:"account_id"`
	Role      string `json:"role"`
	Reason    string `json:"reason"`
}

// EventType is part of Event.
func (AccountRegistered) EventType() string      { return "account.registered" }
func (AccountProfileChanged) EventType() string  { return "account.profile-changed" }
func (AccountPasswordChanged) EventType() string { return "account.password-changed" }
func (AccountErased) EventType() string          { return "account.erased" }
func (AccountRoleGranted) EventType() string     { return "account.role-granted" }
func (AccountRoleRevoked) EventType() string     { return "account.role-revoked" }

func (AccountRegistered) account()      {}
func (AccountProfileChanged) account()  {}
func (AccountPasswordChanged) account() {}
func (AccountErased) account()          {}
func (AccountRoleGranted) account()     {}
func (AccountRoleRevoked) account()     {}

// Subject is part of Personal.
func (e AccountRegistered) Subject() ID      { return e.AccountID }
func (e AccountProfileChanged) Subject() ID  { return e.AccountID }
func (e AccountPasswordChanged) Subject() ID { return e.AccountID }

// WithSealed is part of Personal.
func (e AccountRegistered) WithSealed(f func(Sealing) error) (Event, error) {
	if err := f(&e.Person); err != nil {
		return nil, err
	}
	err := f(&e.Credentials)
	return e, err
}

// WithSealed is part of Personal.
func (e AccountProfileChanged) WithSealed(f func(Sealing) error) (Event, error) {
	err := f(&e.Person)
	return e, err
}

// WithSealed is part of Personal.
func (e AccountPasswordChanged) WithSealed(f func(Sealing) error) (Event, error) {
	err := f(&e.Credentials)
	return e, err
}
