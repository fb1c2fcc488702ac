package project_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/rising-stars/showcase/handlers/project"
	"github.com/rising-stars/showcase/internal/bus"
	"github.com/rising-stars/showcase/internal/projector"
)

// model is a projection that answers with err.
type model struct {
	asked []int64
	err   error
}

func (m *model) CatchUp(_ context.Context, position int64) error {
	m.asked = append(m.asked, position)
	return m.err
}

func ring(t *testing.T, m *model, body string) error {
	t.Helper()
	msg := message.NewMessage("id", []byte(body))
	msg.SetContext(t.Context())
	return project.New(m, slog.New(slog.NewTextHandler(t.Output(), nil))).Handle(msg)
}

func TestDoorbellCatchesUpToItsEnd(t *testing.T) {
	t.Parallel()
	m := &model{}
	if err := ring(t, m, `{"log":1,"from":3,"to":9}`); err != nil {
		t.Fatal(err)
	}
	if len(m.asked) != 1 || m.asked[0] != 9 {
		t.Errorf("asked %v", m.asked)
	}
}

func TestWhatMayPassComesAgain(t *testing.T) {
	t.Parallel()
	down := errors.New("database is down")
	if err := ring(t, &model{err: down}, `{"log":1,"from":1,"to":1}`); !errors.Is(err, down) {
		t.Errorf("error %v", err)
	}
}

func TestWhatRingingCannotHelpIsAcked(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		fmt.Errorf("step: %w", &projector.PoisonError{}),
		fmt.Errorf("step: %w", projector.ErrBeyondLog),
	} {
		if got := ring(t, &model{err: err}, `{"log":1,"from":1,"to":1}`); got != nil {
			t.Errorf("error %v", got)
		}
	}
}

func TestNonsenseIsMalformed(t *testing.T) {
	t.Parallel()
	m := &model{}
	for _, body := range []string{"", "null", "{}", "[]", "0", `{"log":1,"from":9,"to":3}`} {
		if err := ring(t, m, body); !errors.Is(err, bus.ErrMalformed) {
			t.Errorf("%q: %v", body, err)
		}
	}
	if len(m.asked) != 0 {
		t.Errorf("asked %v", m.asked)
	}
}
