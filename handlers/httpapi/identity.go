package httpapi

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/auth"
)

// maxForwarded is how many hops of X-Forwarded-For are looked at.
const maxForwarded = 16

// principal is who asks: the bearer token of the Authorization header, and nothing else.
func (a *api) principal(w *reply, r *http.Request) (auth.Principal, error) {
	token, err := bearer(r)
	if err != nil {
		return auth.Principal{}, err
	}
	p, err := a.Tokens.Verify(token)
	if err != nil {
		return auth.Principal{}, err
	}
	w.account = p.Account
	return p, nil
}

func bearer(r *http.Request) (string, error) {
	headers := r.Header["Authorization"]
	switch {
	case len(headers) == 0 || headers[0] == "":
		return "", auth.ErrNoToken
	case len(headers) > 1:
		return "", auth.ErrToken
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", auth.ErrToken
	}
	if token = strings.TrimSpace(token); token == "" {
		return "", auth.ErrToken
	}
	return token, nil
}

// meta says who and what led to the events of a request. Of the address only a keyed digest goes into the log.
func (a *api) meta(w *reply, r *http.Request, actor events.ID) events.Metadata {
	return events.Metadata{
		Actor:         actor,
		CorrelationID: w.id,
		Traceparent:   traceparent(r.Header.Get("Traceparent")),
		AddressDigest: a.Vault.AddressDigest(auth.AddressPrefix(a.address(r)).String()),
	}
}

// traceparent is W3C's trace context, version 00, or nothing when it is not one.
func traceparent(s string) string {
	if len(s) != 55 || s[:3] != "00-" || s[35] != '-' || s[52] != '-' || strings.Trim(s, "0123456789abcdef-") != "" {
		return ""
	}
	return s
}

// address is the client's: the connection's, or, behind a configured proxy, the nearest in X-Forwarded-For that is not
// itself such a proxy. What a client writes into that header by itself is never believed.
func (a *api) address(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap()
	if !a.trusted(addr) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= max(0, len(hops)-maxForwarded); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		if addr = hop.Unmap(); !a.trusted(addr) {
			break
		}
	}
	return addr
}

func (a *api) trusted(addr netip.Addr) bool {
	for _, p := range a.TrustedProxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// videoID is the id in the path. What is not an id names no video.
func videoID(r *http.Request) (events.ID, error) {
	id, err := events.ParseID(chi.URLParam(r, "id"))
	if err != nil || id.IsZero() {
		return events.ID{}, video.ErrNotFound
	}
	return id, nil
}
