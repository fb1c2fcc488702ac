package auth

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// Rule names one rate limit: what is done, and by whom it is counted.
type Rule uint8

// The rules. An account is counted by its id, a sign-in by the e-mail that was given, an address by its prefix (see
// AddressPrefix).
const (
	SignUpAddress Rule = iota
	LoginAccount
	LoginAddress
	UploadAccount
	UploadAddress
	VoteAccount
	VoteAddress
	TicketAccount
	rules
)

// ruleNames are how the rules are called in a configuration.
var ruleNames = [rules]string{
	SignUpAddress: "signup.address",
	LoginAccount:  "login",
	LoginAddress:  "login.address",
	UploadAccount: "upload",
	UploadAddress: "upload.address",
	VoteAccount:   "vote",
	VoteAddress:   "vote.address",
	TicketAccount: "ticket",
}

const (
	// DefaultLimits hold wherever nothing else is said. An address may be a school's, so its limits are wide.
	DefaultLimits = "signup.address=60/m,login=10/m,login.address=120/m,upload=20/h,upload.address=120/h,vote=120/m,vote.address=3000/m,ticket=60/m"
	// LocalLimits are for one machine, where every client has the same address and a load test is welcome.
	LocalLimits = "signup.address=100000/s,login=600/m,login.address=100000/s,upload=1000/m,upload.address=1000/m," +
		"vote=100000/s,vote.address=1000000/s,ticket=1000/m"
)

// limit is how often something may be done. The zero value is no limit.
type limit struct {
	count int
	per   time.Duration
}

// Limits are the rates of all rules.
type Limits struct {
	of [rules]limit
}

// ErrLimits says that a text is not a list of limits.
var ErrLimits = errors.New("rate limits")

const maxLimitCount = 1_000_000

// ParseLimits reads "off", or a list like `login=10/m,vote=5/s,upload.address=off` that changes base. A limit N/unit
// (s, m or h) is a bucket of N that fills up again in one unit. Names are those of DefaultLimits.
func ParseLimits(base Limits, s string) (Limits, error) {
	switch strings.TrimSpace(s) {
	case "":
		return base, nil
	case "off":
		return Limits{}, nil
	}
	out := base
	for item := range strings.SplitSeq(s, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(item), "=")
		rule, err := parseRule(name)
		if err != nil {
			return Limits{}, err
		}
		if out.of[rule], err = parseLimit(value); err != nil {
			return Limits{}, fmt.Errorf("%w: %s: %w", ErrLimits, name, err)
		}
	}
	return out, nil
}

func parseRule(name string) (Rule, error) {
	for r, n := range ruleNames {
		if n == name {
			return Rule(r), nil
		}
	}
	return 0, fmt.Errorf("%w: no limit is called %q; there are %s", ErrLimits, name, strings.Join(ruleNames[:], ", "))
}

func parseLimit(s string) (limit, error) {
	if s == "off" {
		return limit{}, nil
	}
	count, unit, _ := strings.Cut(s, "/")
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 || n > maxLimitCount {
		return limit{}, fmt.Errorf("%q is not off or N/unit with N from 1 to %d", s, maxLimitCount)
	}
	per, ok := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}[unit]
	if !ok {
		return limit{}, fmt.Errorf("%q has no unit s, m or h", s)
	}
	return limit{count: n, per: per}, nil
}

func (l limit) bucket() *rate.Limiter {
	return rate.NewLimiter(rate.Every(l.per/time.Duration(l.count)), l.count)
}
