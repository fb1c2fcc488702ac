package httpapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/rising-stars/showcase/aggregates/account"
	"github.com/rising-stars/showcase/aggregates/ballot"
	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/auth/sessions"
	"github.com/rising-stars/showcase/internal/command"
	"github.com/rising-stars/showcase/projections/accounts"
	"github.com/rising-stars/showcase/projections/gallery"
)

// The commands ask the real aggregates.

func (w *world) SignUp(ctx context.Context, meta events.Metadata, in command.SignUp) (events.ID, error) {
	stream := events.AccountStream(w.EmailMAC(account.NormalEmail(in.Email)))
	old, taken, err := accountQueries{w}.ByStream(ctx, stream)
	if err != nil {
		return events.ID{}, err
	}
	state := account.State{}
	if taken {
		state = account.State{Status: account.Active, ID: old.ID}
	}
	id := newID()
	profile := account.Profile{FirstName: in.FirstName, LastName: in.LastName, City: in.City, Country: in.Country}
	if _, err := (account.Register{AccountID: id, Profile: profile}).Decide(state); err != nil {
		return events.ID{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.metas = append(w.metas, meta)
	w.accounts[id] = accounts.Account{
		ID: id, Stream: stream, Email: in.Email, PasswordHash: in.PasswordHash, RegisteredAt: time.Now(),
		FirstName: in.FirstName, LastName: in.LastName, City: in.City, Country: in.Country, Role: accounts.RolePlayer,
	}
	return id, nil
}

func (w *world) change(id events.ID, f func(*accounts.Account)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, ok := w.accounts[id]
	if !ok {
		return account.ErrNotFound
	}
	f(&a)
	w.accounts[id] = a
	return nil
}

func (w *world) ChangeProfile(_ context.Context, _ events.Metadata, id events.ID, p account.Profile) error {
	return w.change(id, func(a *accounts.Account) {
		a.FirstName, a.LastName, a.City, a.Country = p.FirstName, p.LastName, p.City, p.Country
	})
}

func (w *world) ChangePassword(_ context.Context, _ events.Metadata, id events.ID, hash string) error {
	return w.change(id, func(a *accounts.Account) { a.PasswordHash = hash })
}

func (w *world) EraseAccount(_ context.Context, _ events.Metadata, id events.ID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.accounts, id)
	w.videos = slices.DeleteFunc(w.videos, func(v gallery.Video) bool { return v.OwnerID == id })
	return nil
}

func (w *world) SubmitVideo(_ context.Context, meta events.Metadata, c video.Submit) error {
	unlock, err := w.lock()
	defer unlock()
	if err != nil {
		return err
	}
	facts, err := c.Decide(video.State{})
	if err != nil {
		return err
	}
	var title string
	if f, ok := facts[0].(events.VideoSubmitted); ok {
		title, _ = f.Title.Value()
	}
	a := w.accounts[c.OwnerID]
	w.metas = append(w.metas, meta)
	w.videos = append(w.videos, gallery.Video{
		ID: c.VideoID, OwnerID: c.OwnerID, OwnerName: a.FirstName + " " + a.LastName, City: a.City, Title: title,
		Stage: gallery.StageQueued, Public: c.Public, UploadedAt: time.Now(), DurationMS: c.DurationMS, Original: c.Original,
	})
	return nil
}

func (w *world) DeleteVideo(_ context.Context, _ events.Metadata, id, by events.ID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.videos, func(v gallery.Video) bool { return v.ID == id })
	state := video.State{}
	if i >= 0 {
		state = video.State{Status: video.Submitted, Owner: w.videos[i].OwnerID}
		state.Open = w.videos[i].Votable
	}
	if _, err := (video.Delete{VideoID: id, By: by}).Decide(state); err != nil {
		return err
	}
	w.videos = slices.Delete(w.videos, i, i+1)
	return nil
}

func (w *world) CastBallot(_ context.Context, meta events.Metadata, voter, id events.ID, key string) error {
	unlock, err := w.lock()
	defer unlock()
	if err != nil {
		return err
	}
	cast := ballot.Cast{VoterID: voter, VideoID: id, OpensAt: w.opens, ClosesAt: w.closes, Now: time.Now().Add(w.late)}
	for _, v := range w.videos {
		if v.ID == id {
			cast.OwnerID, cast.Votable = v.OwnerID, v.Votable
		}
	}
	name := voter.String() + id.String()
	if old, voted := w.ballots[name]; voted && key != "" && old == key {
		return nil
	}
	if _, err := cast.Decide(ballot.State{Cast: slices.Contains(w.votes[id], voter)}); err != nil {
		return err
	}
	w.votes[id] = append(w.votes[id], voter)
	w.ballots[name] = key
	w.metas = append(w.metas, meta)
	return nil
}

func (w *world) Contest(context.Context) (events.ContestSettings, bool, error) {
	unlock, err := w.lock()
	defer unlock()
	return w.contest(), true, err
}

// Objects.

var errStore = errors.New("the store is away")

func (w *world) Put(ctx context.Context, key string, r io.Reader, size int64, _ string) error {
	if w.storing != nil {
		if err := w.storing(ctx); err != nil {
			return err
		}
	}
	var b bytes.Buffer
	n, err := io.Copy(&b, io.LimitReader(r, 1<<20)) // of a large one only the start is kept
	if err == nil {
		var rest int64
		rest, err = io.Copy(io.Discard, r)
		n += rest
	}
	if err != nil || n != size {
		return fmt.Errorf("%d of %d bytes: %w", n, size, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.objects[key] = b.Bytes()
	return nil
}

func errStoring(context.Context) error { return errStore }

func (w *world) Delete(_ context.Context, keys ...string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, k := range keys {
		delete(w.objects, k)
	}
	return nil
}

func (w *world) PresignGet(_ context.Context, key string, ttl time.Duration) (string, error) {
	return fmt.Sprintf("http://store.test/%s?for=%s", key, ttl), nil
}

func (w *world) open(_ context.Context, key string, offset int64) (io.ReadCloser, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b, ok := w.objects[key]
	if !ok {
		return nil, errStore
	}
	return io.NopCloser(bytes.NewReader(b[offset:])), nil
}

// Sessions.

type session struct {
	account events.ID
	revoked bool
}

type refreshToken struct {
	session events.ID
	used    bool
}

func (w *world) Open(_ context.Context, id events.ID) (sessions.Session, error) {
	unlock, err := w.lock()
	defer unlock()
	s := sessions.Session{ID: newID(), Account: id}
	w.sessions[s.ID] = &session{account: id}
	return s, err
}

func (w *world) OpenRefreshable(ctx context.Context, id events.ID) (sessions.Session, string, error) {
	s, err := w.Open(ctx, id)
	return s, w.issue(s.ID), err
}

func (w *world) issue(session events.ID) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	token := "refresh-" + newID().String()
	w.refresh[token] = &refreshToken{session: session}
	return token
}

func (w *world) Rotate(_ context.Context, token string) (sessions.Session, string, error) {
	w.mu.Lock()
	t, ok := w.refresh[token]
	var s *session
	if ok {
		s = w.sessions[t.session]
	}
	switch {
	case !ok, s.revoked:
		w.mu.Unlock()
		return sessions.Session{}, "", sessions.ErrRefresh
	case t.used:
		s.revoked = true
		w.mu.Unlock()
		return sessions.Session{}, "", sessions.ErrReused
	}
	t.used = true
	w.mu.Unlock()
	return sessions.Session{ID: t.session, Account: s.account}, w.issue(t.session), nil
}

func (w *world) SessionOf(_ context.Context, token string) (events.ID, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t, ok := w.refresh[token]; ok {
		return t.session, nil
	}
	return events.ID{}, sessions.ErrRefresh
}

func (w *world) Revoke(_ context.Context, id events.ID, _ sessions.Reason) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sessions[id].revoked = true
	return nil
}

func (w *world) RevokeAccount(_ context.Context, id, but events.ID, _ sessions.Reason) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for sid, s := range w.sessions {
		if s.account == id && sid != but {
			s.revoked = true
		}
	}
	return nil
}

func (w *world) Of(_ context.Context, account events.ID) ([]sessions.Living, error) {
	unlock, err := w.lock()
	defer unlock()
	var list []sessions.Living
	for id, s := range w.sessions {
		if s.account == account && !s.revoked {
			list = append(list, sessions.Living{ID: id, CreatedAt: w.opens, LastUsedAt: w.opens, ExpiresAt: w.closes})
		}
	}
	return list, err
}

func (w *world) RevokeOwn(_ context.Context, account, id events.ID, _ sessions.Reason) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, ok := w.sessions[id]
	if !ok || s.revoked || s.account != account {
		return sessions.ErrNotFound
	}
	s.revoked = true
	return nil
}

func (w *world) IssueTicket(_ context.Context, s sessions.Session) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ticket := "ticket-" + newID().String()
	w.tickets[ticket] = s
	return ticket, nil
}

func (w *world) RedeemTicket(_ context.Context, ticket string) (sessions.Session, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, ok := w.tickets[ticket]
	delete(w.tickets, ticket)
	if !ok {
		return sessions.Session{}, sessions.ErrTicket
	}
	return s, nil
}

func (w *world) Revoked(id events.ID) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, ok := w.sessions[id]
	return ok && s.revoked
}
