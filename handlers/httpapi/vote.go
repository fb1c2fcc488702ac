package httpapi

import (
	"net/http"

	"github.com/rising-stars/showcase/internal/auth"
	"github.com/rising-stars/showcase/internal/fault"
)

// maxKey is the longest Idempotency-Key, in bytes.
const maxKey = 255

var errKey = fault.New(fault.Invalid, "request.idempotency-key",
	"El encabezado Idempotency-Key admite hasta 255 caracteres ASCII visibles.",
	"The header Idempotency-Key takes up to 255 visible ASCII characters.")

var voted = []byte(`{"message":"Voto registrado exitosamente."}`)

// vote answers POST /api/public/videos/{id}/vote. The body is not looked at.
func (a *api) vote(w *reply, r *http.Request) error {
	p, err := a.principal(w, r)
	if err != nil {
		return err
	}
	if err := a.Limiter.Allow(auth.VoteAccount, auth.ByAccount(p.Account)); err != nil {
		return err
	}
	if err := a.Limiter.Allow(auth.VoteAddress, auth.ByAddress(a.address(r))); err != nil {
		return err
	}
	id, err := videoID(r)
	if err != nil {
		return err
	}
	key, err := idempotencyKey(r)
	if err != nil {
		return err
	}
	if err := a.Ballots.CastBallot(r.Context(), a.meta(w, r, p.Account), p.Account, id, key); err != nil {
		return err
	}
	writeBody(w, http.StatusOK, voted)
	return nil
}

// idempotencyKey is the client's name for this attempt; empty when it gave none.
func idempotencyKey(r *http.Request) (string, error) {
	key := r.Header.Get("Idempotency-Key")
	if len(key) > maxKey {
		return "", errKey
	}
	for i := range len(key) {
		if key[i] < 0x21 || key[i] > 0x7e {
			return "", errKey
		}
	}
	return key, nil
}

// listVotes answers GET /api/user/votes with the ids that the account voted for, in the order of the votes.
func (a *api) listVotes(w *reply, r *http.Request) error {
	p, err := a.principal(w, r)
	if err != nil {
		return err
	}
	list, err := a.Figures.VotedBy(r.Context(), p.Account)
	if err != nil {
		return err
	}
	if list == nil {
		list = noIDs
	}
	return writeJSON(w, http.StatusOK, list)
}
