package command

import (
	"context"

	"github.com/rising-stars/showcase/aggregates/ledger"
	"github.com/rising-stars/showcase/events"
)

// VoidBallots takes ballots out of the count, from the position that it returns on; 0 when the act was done before.
// Refusals: ledger.ErrNothing, ErrTooMany, ErrReason, ErrRule, ErrAlreadyVoid, ErrOvertaken.
func (s *Service) VoidBallots(ctx context.Context, meta events.Metadata, fact events.BallotsVoided) (int64, error) {
	fact.ContestID = s.ContestID
	return s.onLedger(ctx, meta, ledger.Void{Fact: fact})
}

// ReinstateBallots makes the ballots of an act count again. Refusals: ledger.ErrNoAct, ledger.ErrReason.
func (s *Service) ReinstateBallots(ctx context.Context, meta events.Metadata, act events.ID, reason string) (int64, error) {
	return s.onLedger(ctx, meta, ledger.Reinstate{ContestID: s.ContestID, ActID: act, Reason: reason})
}

type ledgerCommand interface {
	Decide(ledger.State) ([]events.Ledger, error)
}

func (s *Service) onLedger(ctx context.Context, meta events.Metadata, c ledgerCommand) (int64, error) {
	d, err := run[ledger.State, events.Ledger](ctx, s, meta, events.LedgerStream(s.ContestID), c, nil)
	return d.position, err
}
