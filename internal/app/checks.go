package app

import (
	"context"
	"fmt"
	"time"

	"github.com/rising-stars/showcase/handlers/httpapi"
	"github.com/rising-stars/showcase/internal/auth/sessions"
)

// revocationLag is how old the list of ended sessions may be before this process asks for no more requests.
const revocationLag = 10 * time.Second

// apiChecks are what readiness asks of the role api. The queues are not among them: a vote does not need them. The
// database is not required, so that an outage does not get every instance replaced by a balancer that means well; an
// instance that does not know which sessions ended must not answer.
func (a *App) apiChecks(s *sessions.Store) []httpapi.Check {
	return []httpapi.Check{
		{Name: "database", Probe: func(ctx context.Context) (string, bool) {
			if err := a.Pool.Ping(ctx); err != nil {
				return "unreachable", false
			}
			return "", true
		}},
		{Name: "sessions", Required: true, Probe: func(context.Context) (string, bool) {
			lag, known := s.Lag()
			if !known {
				return "never read", false
			}
			return fmt.Sprintf("read %s ago", lag.Round(time.Second)), lag < revocationLag
		}},
	}
}
