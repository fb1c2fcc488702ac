package events

import (
	"bytes"
	"encoding/base64"
	"unicode/utf8"
)

// Nearly all of a log are ballots and sign-ups: objects of plain texts, as PostgreSQL prints them. Here those are read by
// hand, at a fifth of what encoding/json costs. What is written in any other way is left to strictUnmarshal, which decides
// alone what is wrong; where a value is read here it is the one that strictUnmarshal would have read.

func quickBallotCast(data []byte) (Event, bool) {
	var e BallotCast
	t := texts{rest: data}
	for t.next() {
		switch string(t.name) {
		case "voter_id":
			t.id(&e.VoterID)
		case "video_id":
			t.id(&e.VideoID)
		default:
			t.odd = true
		}
	}
	return e, !t.odd
}

func quickAccountRegistered(data []byte) (Event, bool) {
	var e AccountRegistered
	t := texts{rest: data}
	for t.next() {
		switch string(t.name) {
		case "account_id":
			t.id(&e.AccountID)
		case "person":
			e.Person = Sealed[Person]{cipher: t.cipher()}
		case "credentials":
			e.Credentials = Sealed[Credentials]{cipher: t.cipher()}
		case "city":
			e.City = string(t.value)
		case "country":
			e.Country = string(t.value)
		default:
			t.odd = true
		}
	}
	return e, !t.odd
}

func quickMetadata(data []byte) (m Metadata, ok bool) {
	t := texts{rest: data}
	for t.next() {
		switch string(t.name) {
		case "actor":
			t.id(&m.Actor)
		case "correlation":
			t.id(&m.CorrelationID)
		case "causation":
			t.id(&m.CausationID)
		case "traceparent":
			m.Traceparent = string(t.value)
		case "address":
			m.AddressDigest = string(t.value)
		default:
			t.odd = true
		}
	}
	return m, !t.odd
}

// quickOpen reads an open value, when it is of a type that is read by hand. v is left as it was or half read otherwise.
func quickOpen(plain []byte, v any) bool {
	t := texts{rest: plain}
	switch v := v.(type) {
	case *Person:
		for t.next() {
			switch string(t.name) {
			case "first_name":
				v.FirstName = string(t.value)
			case "last_name":
				v.LastName = string(t.value)
			default:
				t.odd = true
			}
		}
	case *Credentials:
		for t.next() {
			switch string(t.name) {
			case "email":
				v.Email = string(t.value)
			case "password_hash":
				v.PasswordHash = string(t.value)
			default:
				t.odd = true
			}
		}
	default:
		return false
	}
	return !t.odd
}

// texts goes through an object whose values are all texts, and those and the names without escapes. odd says that it is
// something else, or that somebody did not know what to do with it.
type texts struct {
	name, value []byte
	rest        []byte
	begun, odd  bool
}

// next is false behind the last value, and as soon as it is odd.
func (t *texts) next() bool {
	if t.odd {
		return false
	}
	if !t.begun {
		t.begun = true
		t.expect('{')
		if t.peek() == '}' {
			return t.end()
		}
	} else {
		if t.peek() == '}' {
			return t.end()
		}
		t.expect(',')
	}
	t.name = t.text()
	t.expect(':')
	t.value = t.text()
	return !t.odd
}

// end takes the last brace, behind which nothing may stand.
func (t *texts) end() bool {
	t.rest = t.rest[1:]
	t.peek()
	t.odd = t.odd || len(t.rest) > 0
	return false
}

// peek is the next byte that is not blank; 0 at the end.
func (t *texts) peek() byte {
	for i, c := range t.rest {
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			t.rest = t.rest[i:]
			return c
		}
	}
	t.rest = nil
	return 0
}

func (t *texts) expect(c byte) {
	if t.peek() != c {
		t.odd = true
		return
	}
	t.rest = t.rest[1:]
}

// text is the inside of the next text.
func (t *texts) text() []byte {
	t.expect('"')
	if t.odd {
		return nil
	}
	n := bytes.IndexByte(t.rest, '"')
	if n < 0 {
		t.odd = true
		return nil
	}
	inside := t.rest[:n]
	t.rest = t.rest[n+1:]
	all := byte(0)
	for _, c := range inside {
		if c < ' ' || c == '\\' {
			t.odd = true
			return nil
		}
		all |= c
	}
	t.odd = all >= utf8.RuneSelf && !utf8.Valid(inside)
	return inside
}

func (t *texts) id(id *ID) {
	var err error
	*id, err = parseID(t.value)
	t.odd = t.odd || err != nil
}

// cipher is the value as a sealed value has it; one without any is not sealed.
func (t *texts) cipher() []byte {
	b, err := base64.StdEncoding.AppendDecode(nil, t.value)
	t.odd = t.odd || err != nil || len(b) == 0
	return b
}
