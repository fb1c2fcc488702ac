// Package auth answers who asks and how often they may: password hashes (argon2id), access tokens (JWT, HS256) and
// rate limits.
//
// It keeps nothing on disk; sessions and refresh tokens are in internal/auth/sessions. It knows nothing of HTTP: what
// it refuses is a *fault.Fault, and handlers/httpapi gives that a status. It must never log or return a password, a
// token or a key.
package auth
