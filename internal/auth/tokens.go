package auth

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/fault"
)

// What an access token can be refused for. All are 401.
var (
	ErrNoToken = fault.New(fault.Unauthenticated, "auth.token-missing",
		"Debes iniciar sesión para continuar.", "You must sign in to continue.")
	ErrToken = fault.New(fault.Unauthenticated, "auth.token-invalid",
		"El token de acceso no es válido. Inicia sesión de nuevo.", "The access token is not valid. Sign in again.")
	ErrExpired = fault.New(fault.Unauthenticated, "auth.token-expired",
		"La sesión expiró. Inicia sesión de nuevo.", "The session has expired. Sign in again.")
	ErrRevoked = fault.New(fault.Unauthenticated, "auth.token-revoked",
		"La sesión fue cerrada. Inicia sesión de nuevo.", "The session was closed. Sign in again.")
)

const (
	maxTokenBytes  = 4096
	verifiedTokens = 1 << 15 // tokens whose signature is remembered; about 200 bytes each
)

// Principal is who an access token says is asking.
type Principal struct {
	Account events.ID
	Session events.ID // the sign-in that the token came from; revoking it ends the token
	Token   events.ID // jti
	Expires time.Time
}

// Revocations tells which sessions were ended before their tokens expired. It is asked on every request, so it answers
// from memory.
type Revocations interface {
	Revoked(session events.ID) bool
}

// TokensConfig is what Tokens needs.
type TokensConfig struct {
	Keys     []Key  // from ParseKeys; the first signs
	Issuer   string // iss
	Audience string // aud
	TTL      time.Duration
	Now      func() time.Time
	NewID    func() events.ID
	Revoked  Revocations
}

// Tokens issues and checks access tokens. The algorithm is pinned to HS256: what the token's header says about it is
// only ever compared, never followed.
type Tokens struct {
	cfg      TokensConfig
	parser   *jwt.Parser
	secrets  map[string][]byte
	verified *bounded[[sha256.Size]byte, Principal]
}

// claims is a token's payload.
type claims struct {
	jwt.RegisteredClaims
	Session events.ID `json:"sid"`
}

// NewTokens makes a Tokens.
func NewTokens(cfg TokensConfig) (*Tokens, error) {
	if len(cfg.Keys) == 0 {
		return nil, fmt.Errorf("%w: none given", ErrKeys)
	}
	secrets := make(map[string][]byte, len(cfg.Keys))
	for _, k := range cfg.Keys {
		secrets[k.ID] = k.Secret
	}
	return &Tokens{
		cfg:     cfg,
		secrets: secrets,
		parser: jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer(cfg.Issuer),
			jwt.WithAudience(cfg.Audience), jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(time.Minute),
			jwt.WithTimeFunc(cfg.Now), jwt.WithStrictDecoding()),
		verified: newBounded[[sha256.Size]byte, Principal](verifiedTokens),
	}, nil
}

// TTL is how long an access token is good for.
func (t *Tokens) TTL() time.Duration { return t.cfg.TTL }

// Issue makes an access token for an account's session.
func (t *Tokens) Issue(account, session events.ID) (string, error) {
	now := t.cfg.Now()
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: t.cfg.Issuer, Audience: jwt.ClaimStrings{t.cfg.Audience}, Subject: account.String(),
			ID: t.cfg.NewID().String(), IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(t.cfg.TTL)),
		},
		Session: session,
	})
	token.Header["kid"] = t.cfg.Keys[0].ID
	signed, err := token.SignedString(t.cfg.Keys[0].Secret)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return signed, nil
}

// Verify is who the token speaks for. A signature that was found good is remembered until the token expires, by the
// token's hash; expiry and revocation are looked at every time.
func (t *Tokens) Verify(token string) (Principal, error) {
	if token == "" {
		return Principal{}, ErrNoToken
	}
	if len(token) > maxTokenBytes {
		return Principal{}, ErrToken
	}
	key := sha256.Sum256([]byte(token))
	p, known := t.verified.get(key)
	if !known {
		var err error
		if p, err = t.parse(token); err != nil {
			return Principal{}, err
		}
		t.verified.put(key, p)
	}
	if !t.cfg.Now().Before(p.Expires) {
		return Principal{}, ErrExpired
	}
	if t.cfg.Revoked.Revoked(p.Session) {
		return Principal{}, ErrRevoked
	}
	return p, nil
}

func (t *Tokens) parse(token string) (Principal, error) {
	var c claims
	if _, err := t.parser.ParseWithClaims(token, &c, t.secret); err != nil {
		if errors.Is(err, jwt.ErrTokenExpired) {
			return Principal{}, ErrExpired
		}
		return Principal{}, ErrToken
	}
	account, err := events.ParseID(c.Subject)
	if err != nil || account.IsZero() || c.Session.IsZero() {
		return Principal{}, ErrToken
	}
	id, err := events.ParseID(c.ID)
	if err != nil {
		return Principal{}, ErrToken
	}
	return Principal{Account: account, Session: c.Session, Token: id, Expires: c.ExpiresAt.Time}, nil
}

var errUnknownKey = errors.New("unknown kid")

func (t *Tokens) secret(token *jwt.Token) (any, error) {
	id, _ := token.Header["kid"].(string)
	secret, ok := t.secrets[id]
	if !ok {
		return nil, errUnknownKey
	}
	return secret, nil
}
