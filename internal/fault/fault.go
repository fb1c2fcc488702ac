// Package fault is the refusal: an answer that a rule, a limit or a check gives on purpose.
//
// A Fault carries a kind (what sort of refusal), a stable public code and a sentence in Spanish and English
// that is safe to show to anybody. Everything that is not a Fault is an internal error and its text is never shown.
// The package knows nothing of HTTP; handlers/httpapi maps kinds to status codes in one place.
package fault

import (
	"errors"
	"time"
)

// Kind sorts refusals by what the asker can do about them.
type Kind uint8

// The kinds, each with the HTTP status that handlers/httpapi gives it.
const (
	Invalid         Kind = iota + 1 // the request or the moment is wrong: 400
	Unauthenticated                 // nobody, or somebody unknown, asks: 401
	Forbidden                       // somebody known asks for what is not theirs: 403
	NotFound                        // there is nothing there, or nothing to be shown: 404
	TooMany                         // too often; try again after RetryAfter: 429
	Unavailable                     // not now; try again after RetryAfter: 503
	Conflict                        // somebody else was faster; look again first: 409
)

// Fault is a refusal. The zero value is not useful; make one with New and keep it as a package variable.
type Fault struct {
	Kind       Kind
	Code       string        // stable and dotted, such as "vote.already-cast"
	ES, EN     string        // one sentence each, safe to show
	Fields     []Field       // which fields are wrong, when fields are
	RetryAfter time.Duration // for TooMany and Unavailable; rounded up to seconds on the wire
}

// Field is one wrong field of a request.
type Field struct {
	Name   string
	Code   string
	ES, EN string
}

// New makes a refusal.
func New(kind Kind, code, es, en string) *Fault {
	return &Fault{Kind: kind, Code: code, ES: es, EN: en}
}

// Error is the English sentence, for logs.
func (f *Fault) Error() string { return f.Code + ": " + f.EN }

// Is holds for the same code, so that a copy with another sentence is still the same refusal.
func (f *Fault) Is(target error) bool {
	t, ok := errors.AsType[*Fault](target)
	return ok && t.Code == f.Code
}

// WithDetail is a copy with other sentences, such as ones that name the value and the limit.
func (f *Fault) WithDetail(es, en string) *Fault {
	c := *f
	c.ES, c.EN = es, en
	return &c
}

// WithFields is a copy that names the wrong fields.
func (f *Fault) WithFields(fields ...Field) *Fault {
	c := *f
	c.Fields = fields
	return &c
}

// After is a copy that says when to try again.
func (f *Fault) After(d time.Duration) *Fault {
	c := *f
	c.RetryAfter = d
	return &c
}
