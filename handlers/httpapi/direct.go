package httpapi

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/auth"
	"github.com/rising-stars/showcase/internal/blob"
	"github.com/rising-stars/showcase/internal/fault"
	"github.com/rising-stars/showcase/internal/media/mp4"
	"github.com/rising-stars/showcase/internal/uploads"
)

const (
	partSize = 5 << 20 // the least that S3 takes, so that little is sent again on a bad line
	partTTL  = time.Hour
)

// errSHA256 refuses a digest that is none.
var errSHA256 = fault.New(fault.Invalid, "upload.bad-sha256",
	"El campo sha256 debe tener 64 dígitos hexadecimales.", "The field sha256 must be 64 hexadecimal digits.")

// Uploads remembers direct uploads that were begun.
type Uploads interface {
	Add(ctx context.Context, u uploads.Upload) error
	ByID(ctx context.Context, id events.ID) (uploads.Upload, bool, error)
	Of(ctx context.Context, account events.ID) ([]uploads.Upload, error)
	Forget(ctx context.Context, ids ...events.ID) error
}

type beginRequest struct {
	Title    string `json:"title"`
	IsPublic *bool  `json:"is_public"` // absent: true
	Size     int64  `json:"size"`      // bytes
	SHA256   string `json:"sha256"`
}

// pendingUpload is one that was begun.
type pendingUpload struct {
	UploadID  events.ID `json:"upload_id"`
	Title     string    `json:"title"`
	IsPublic  bool      `json:"is_public"`
	Size      int64     `json:"size"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

type uploadPlan struct {
	pendingUpload
	PartSize int64        `json:"part_size"`
	Parts    []uploadPart `json:"parts"`
}

type uploadPart struct {
	Number int    `json:"number"` // from 1
	Offset int64  `json:"offset"` // in the file
	Size   int64  `json:"size"`
	Done   bool   `json:"done"`
	URL    string `json:"url,omitempty"` // where to PUT it; absent when done
}

// beginUpload answers POST /api/uploads: where to send the parts.
func (a *api) beginUpload(w *reply, r *http.Request) error {
	p, err := a.principal(w, r)
	if err != nil {
		return err
	}
	if err := a.allowUpload(r, p); err != nil {
		return err
	}
	var in beginRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	if in.Title, err = video.CheckTitle(in.Title); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	id, now := a.NewID(), a.Now().UTC()
	u := uploads.Upload{
		ID: id, Account: p.Account, Title: in.Title, Public: in.IsPublic == nil || *in.IsPublic, Bytes: in.Size,
		SHA256: strings.ToLower(in.SHA256), Key: fmt.Sprintf("originals/%s/upload.mp4", id),
		CreatedAt: now, ExpiresAt: now.Add(uploads.TTL),
	}
	if u.Multipart, err = a.Objects.StartParts(r.Context(), u.Key, "video/mp4"); err != nil {
		return err
	}
	if err := a.Uploads.Add(r.Context(), u); err != nil {
		a.abortParts(r.Context(), w, u)
		return err
	}
	plan, err := a.plan(r.Context(), u, nil)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, plan)
}

func (in beginRequest) check() error {
	switch sum, err := hex.DecodeString(in.SHA256); {
	case in.Size <= 0:
		return errEmptyFile
	case in.Size > mp4.MaxBytes:
		return mp4.Check(mp4.Info{Size: in.Size}) // says how large it is
	case in.SHA256 != "" && (err != nil || len(sum) != 32):
		return errSHA256
	}
	return nil
}

// listUploads answers GET /api/uploads: what was begun and not finished.
func (a *api) listUploads(w *reply, r *http.Request) error {
	p, err := a.principal(w, r)
	if err != nil {
		return err
	}
	list, err := a.Uploads.Of(r.Context(), p.Account)
	if err != nil {
		return err
	}
	out := []pendingUpload{}
	for _, u := range list {
		if a.Now().Before(u.ExpiresAt) {
			out = append(out, pendingOf(u))
		}
	}
	return writeJSON(w, http.StatusOK, out)
}

// showUpload answers GET /api/uploads/{id}: which parts are there, and where to send the others.
func (a *api) showUpload(w *reply, r *http.Request) error {
	u, _, err := a.ownUpload(w, r)
	if err != nil {
		return err
	}
	parts, err := a.Objects.ListParts(r.Context(), u.Key, u.Multipart)
	switch {
	case errors.Is(err, blob.ErrNotFound): // gone, or just being completed
		return uploads.ErrNotFound
	case err != nil:
		return err
	}
	plan, err := a.plan(r.Context(), u, parts)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, plan)
}

// dropUpload answers DELETE /api/uploads/{id}.
func (a *api) dropUpload(w *reply, r *http.Request) error {
	u, _, err := a.ownUpload(w, r)
	if err != nil {
		return err
	}
	if err := a.Objects.AbortParts(r.Context(), u.Key, u.Multipart); err != nil {
		return err
	}
	if err := a.Uploads.Forget(r.Context(), u.ID); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, message{"La subida fue cancelada."})
}

// ownUpload is the upload in the path. A stranger's is not told from none.
func (a *api) ownUpload(w *reply, r *http.Request) (uploads.Upload, auth.Principal, error) {
	p, err := a.principal(w, r)
	if err != nil {
		return uploads.Upload{}, p, err
	}
	id, err := events.ParseID(chi.URLParam(r, "id"))
	if err != nil {
		return uploads.Upload{}, p, uploads.ErrNotFound
	}
	u, ok, err := a.Uploads.ByID(r.Context(), id)
	switch {
	case err != nil:
		return uploads.Upload{}, p, err
	case !ok, u.Account != p.Account, !a.Now().Before(u.ExpiresAt):
		return uploads.Upload{}, p, uploads.ErrNotFound
	}
	return u, p, nil
}

func pendingOf(u uploads.Upload) pendingUpload {
	return pendingUpload{u.ID, u.Title, u.Public, u.Bytes, u.CreatedAt.UTC(), u.ExpiresAt.UTC()}
}

// plan lists the parts of an upload, with where to send those that are not there in their full size.
func (a *api) plan(ctx context.Context, u uploads.Upload, there []blob.Part) (uploadPlan, error) {
	plan := uploadPlan{pendingUpload: pendingOf(u), PartSize: partSize}
	for offset := int64(0); offset < u.Bytes; offset += partSize {
		part := uploadPart{Number: len(plan.Parts) + 1, Offset: offset, Size: min(partSize, u.Bytes-offset)}
		for _, t := range there {
			part.Done = part.Done || t.Number == part.Number && t.Bytes == part.Size
		}
		if !part.Done {
			var err error
			if part.URL, err = a.Objects.PresignPart(ctx, u.Key, u.Multipart, part.Number, part.Size, partTTL); err != nil {
				return uploadPlan{}, err
			}
		}
		plan.Parts = append(plan.Parts, part)
	}
	return plan, nil
}

// abortParts gives the parts of a refused upload up. What is left over is removed by the store's own rule after a day.
func (a *api) abortParts(ctx context.Context, w *reply, u uploads.Upload) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeLimit)
	defer cancel()
	if err := a.Objects.AbortParts(ctx, u.Key, u.Multipart); err != nil {
		a.Log.LogAttrs(ctx, slog.LevelWarn, "parts left for the store", slog.String("request_id", w.request), slog.Any("error", err))
	}
}

// dropUploads gives up everything that an erased account had begun. What fails is left for the sweep.
func (a *api) dropUploads(ctx context.Context, w *reply, account events.ID) {
	list, err := a.Uploads.Of(ctx, account)
	for _, u := range list {
		a.abortParts(ctx, w, u)
		err = errors.Join(err, a.Uploads.Forget(ctx, u.ID))
	}
	if err != nil {
		a.Log.LogAttrs(ctx, slog.LevelWarn, "uploads left for the sweep", slog.String("request_id", w.request), slog.Any("error", err))
	}
}
