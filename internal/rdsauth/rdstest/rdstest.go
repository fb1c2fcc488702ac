// Package rdstest stands in for RDS in tests: a TLS front before a real PostgreSQL that lets nobody in without a token that
// a known key has signed, for that server, that login, and not longer than fifteen minutes ago.
//
// It checks the signature by itself, from what AWS documents, and not with the SDK that makes it.
package rdstest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Reasons why a token is refused.
var (
	ErrToken     = errors.New("not a token")
	ErrElsewhere = errors.New("token for another server, login or region")
	ErrExpired   = errors.New("token is not of now")
	ErrKey       = errors.New("nobody has this key")
	ErrSignature = errors.New("signature is wrong")
)

const (
	lifetime  = 15 * time.Minute
	emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	service   = "rds-db"
	stamp     = "20060102T150405Z"
)

// Login is who may come in, and where.
type Login struct {
	Endpoint string // host:port that clients name
	Region   string
	User     string
	Keys     map[string]string // access key → secret
}

// Check holds when the token lets the login in at this time.
func (l Login) Check(token string, now time.Time) error {
	host, query, ok := strings.Cut(token, "?")
	values, err := url.ParseQuery(query)
	if !ok || err != nil || values.Get("X-Amz-Algorithm") != "AWS4-HMAC-SHA256" {
		return ErrToken
	}
	scope := strings.Split(values.Get("X-Amz-Credential"), "/")
	at, err := time.Parse(stamp, values.Get("X-Amz-Date"))
	switch {
	case err != nil || len(scope) != 5:
		return ErrToken
	case strings.TrimSuffix(host, "/") != l.Endpoint, values.Get("DBUser") != l.User, values.Get("Action") != "connect",
		scope[1] != at.Format("20060102"), scope[2] != l.Region, scope[3] != service, scope[4] != "aws4_request":
		return ErrElsewhere
	case values.Get("X-Amz-Expires") != strconv.Itoa(int(lifetime.Seconds())), now.Before(at.Add(-time.Minute)), now.After(at.Add(lifetime)):
		return ErrExpired
	}
	secret, known := l.Keys[scope[0]]
	if !known {
		return ErrKey
	}
	given := values.Get("X-Amz-Signature")
	values.Del("X-Amz-Signature")
	if !hmac.Equal([]byte(given), []byte(l.sign(secret, at, values))) {
		return ErrSignature
	}
	return nil
}

// sign is Signature Version 4 of GET / with this query, signed over the host alone.
func (l Login) sign(secret string, at time.Time, query url.Values) string {
	canonical := strings.Join([]string{
		"GET", "/", strings.ReplaceAll(query.Encode(), "+", "%20"), "host:" + l.Endpoint, "", "host", emptyHash,
	}, "\n")
	day := at.Format("20060102")
	sum := sha256.Sum256([]byte(canonical))
	text := strings.Join([]string{
		"AWS4-HMAC-SHA256", at.Format(stamp), strings.Join([]string{day, l.Region, service, "aws4_request"}, "/"), hex.EncodeToString(sum[:]),
	}, "\n")
	key := []byte("AWS4" + secret)
	for _, part := range []string{day, l.Region, service, "aws4_request", text} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return hex.EncodeToString(key)
}
