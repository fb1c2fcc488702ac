// Package sessions keeps sign-ins: their refresh tokens, and which of them were ended.
//
//	open ──rotate──► open (each refresh token is good once)
//	  │ logout, a password change, an erasure, or a refresh token that comes a second time
//	  ▼
//	revoked: no refresh, and its access tokens are refused
//
// An access token is checked without the database, since a vote must be fast. So every instance keeps the sessions that
// were revoked within the life of an access token in memory and polls for new ones.
//
//	what fails                      what follows
//	the poll                        tokens revoked elsewhere since then work until it succeeds, or they expire;
//	                                Lag grows, readiness shows it
//	a clock that is wrong           nothing: the order of revocations is the database's clock
//	a revocation committed late     found all the same: each poll looks back over an overlap
//	two rotations at once           one wins; the other counts as a second use and revokes the session
//
// Tokens are stored as SHA-256 only. The package knows nothing of HTTP or of JWT.
package sessions
