package operations_test

import (
	"strings"
	"testing"

	"github.com/rising-stars/showcase/aggregates/operations"
	"github.com/rising-stars/showcase/aggregates/scenario"
	"github.com/rising-stars/showcase/events"
)

func TestRedrive(t *testing.T) {
	t.Parallel()
	redrive := operations.Redrive{ContestID: events.ID{9}, Queue: "transcode", Reason: " Ya hay disco "}
	ordered := events.QueueRedriveOrdered{ContestID: events.ID{9}, Queue: "transcode", Reason: "Ya hay disco"}
	scenario.Given[operations.State, events.Operation](t).When(redrive).Then(ordered)
	scenario.Given[operations.State, events.Operation](t, ordered).When(redrive).Then(ordered)
	for _, reason := range []string{"", " no ", strings.Repeat("x", 501), "\xff\xff\xff", "a\x00b"} {
		redrive.Reason = reason
		scenario.Given[operations.State, events.Operation](t).When(redrive).Refused(operations.ErrReason)
	}
}
