package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/blob"
	"github.com/rising-stars/showcase/internal/fault"
	"github.com/rising-stars/showcase/internal/media/mp4"
	"github.com/rising-stars/showcase/internal/uploads"
)

const blockSize = 256 << 10 // read of an object at once

// Refusals of a completion, beside those of the content.
var (
	errPartsMissing = fault.New(fault.Invalid, "upload.parts-missing",
		"Faltan partes del archivo.", "Parts of the file are missing.")
	errOtherContent = fault.New(fault.Invalid, "upload.sha256-mismatch",
		"El archivo llegó con otro contenido que el anunciado.", "The file arrived with other content than was announced.")
)

// completeUpload answers POST /api/uploads/{id}/complete: the parts become the original of a video, after the same checks
// as in POST /api/videos/upload and with the same answer. Completing twice answers the same.
func (a *api) completeUpload(w *reply, r *http.Request) error {
	u, p, err := a.ownUpload(w, r)
	if errors.Is(err, uploads.ErrNotFound) && !p.Account.IsZero() {
		return a.completedBefore(w, r, p.Account)
	}
	if err != nil {
		return err
	}
	select {
	case a.slots <- struct{}{}:
		defer func() { <-a.slots }()
	default:
		return errUploadBusy
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storeLimit)
	defer cancel()
	rc := http.NewResponseController(w)
	_ = rc.SetWriteDeadline(a.Now().Add(answerLimit)) // a server without deadlines has none to move
	if err := a.join(ctx, u); err != nil {
		return err
	}
	if err := a.admit(ctx, w, r, u); err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, uploadReply{"Video subido correctamente. Procesamiento en curso.", u.ID, u.ID})
}

func (a *api) completedBefore(w *reply, r *http.Request, owner events.ID) error {
	id, err := events.ParseID(chi.URLParam(r, "id"))
	if err != nil {
		return uploads.ErrNotFound
	}
	v, ok, err := a.Gallery.ByID(r.Context(), id)
	switch {
	case err != nil:
		return err
	case !ok, v.OwnerID != owner:
		return uploads.ErrNotFound
	}
	return writeJSON(w, http.StatusCreated, uploadReply{"Video subido correctamente. Procesamiento en curso.", id, id})
}

// join makes one object of the parts, unless an earlier try did.
func (a *api) join(ctx context.Context, u uploads.Upload) error {
	parts, err := a.Objects.ListParts(ctx, u.Key, u.Multipart)
	if errors.Is(err, blob.ErrNotFound) {
		return a.joined(ctx, u)
	}
	if err != nil {
		return err
	}
	var missing []string
	whole := parts[:0]
	for offset, number := int64(0), 1; offset < u.Bytes; offset, number = offset+partSize, number+1 {
		before := len(whole)
		for _, p := range parts {
			if p.Number == number && p.Bytes == min(partSize, u.Bytes-offset) {
				whole = append(whole, p)
				break
			}
		}
		if len(whole) == before {
			missing = append(missing, strconv.Itoa(number))
		}
	}
	if len(missing) > 0 {
		return errMissing(missing)
	}
	if err := a.Objects.FinishParts(ctx, u.Key, u.Multipart, whole); !errors.Is(err, blob.ErrNotFound) {
		return err
	}
	return a.joined(ctx, u)
}

// errMissing names the parts that are missing, of which there is at least one.
func errMissing(numbers []string) error {
	if len(numbers) == 1 {
		return errPartsMissing.WithDetail("Falta la parte "+numbers[0]+" del archivo.", "Part "+numbers[0]+" of the file is missing.")
	}
	last := len(numbers) - 1
	before := strings.Join(numbers[:last], ", ")
	return errPartsMissing.WithDetail("Faltan las partes "+before+" y "+numbers[last]+" del archivo.",
		"Parts "+before+" and "+numbers[last]+" of the file are missing.")
}

// joined reports whether the object is there.
func (a *api) joined(ctx context.Context, u uploads.Upload) error {
	_, err := a.Objects.Head(ctx, u.Key)
	if errors.Is(err, blob.ErrNotFound) {
		return uploads.ErrNotFound
	}
	return err
}

// admit looks at the object and enters it as a video. One that is refused is removed, and the upload forgotten; when it
// is not known whether the video was entered, both stay and the client may complete again.
func (a *api) admit(ctx context.Context, w *reply, r *http.Request, u uploads.Upload) error {
	err := a.submitObject(ctx, w, r, u)
	f, refused := errors.AsType[*fault.Fault](err)
	refused = refused && f.Kind != fault.Unavailable
	if err != nil && !refused {
		return err
	}
	if refused {
		a.removeObjects(ctx, w, []string{u.Key})
	}
	if ferr := a.Uploads.Forget(ctx, u.ID); ferr != nil { // the sweep forgets it, too
		a.Log.LogAttrs(ctx, slog.LevelWarn, "upload not forgotten", slog.String("request_id", w.request), slog.Any("error", ferr))
	}
	return err
}

func (a *api) submitObject(ctx context.Context, w *reply, r *http.Request, u uploads.Upload) error {
	object := &remoteBlocks{ctx: ctx, objects: a.Objects, key: u.Key, size: u.Bytes}
	info, err := mp4.Scan(object, u.Bytes)
	if err != nil {
		return err
	}
	if err := mp4.Check(info); err != nil {
		return err
	}
	sum, err := a.digest(ctx, u)
	switch {
	case err != nil:
		return err
	case u.SHA256 != "" && u.SHA256 != sum:
		return errOtherContent
	}
	err = a.VideoCommands.SubmitVideo(ctx, a.meta(w, r, u.Account), video.Submit{
		VideoID: u.ID, OwnerID: u.Account, Title: u.Title, Public: u.Public,
		Original:   events.Object{Key: u.Key, Bytes: u.Bytes, SHA256: sum},
		DurationMS: info.Duration.Milliseconds(), Width: info.Width, Height: info.Height,
	})
	if err == nil {
		a.Log.LogAttrs(ctx, slog.LevelInfo, "video submitted", slog.String("request_id", w.request),
			slog.String("video", u.ID.String()), slog.Int64("bytes", u.Bytes), slog.Int64("duration_ms", info.Duration.Milliseconds()))
	}
	return err
}

// digest reads the whole object: the log says what the original is, and only its bytes tell.
func (a *api) digest(ctx context.Context, u uploads.Upload) (string, error) {
	body, err := a.Objects.GetRange(ctx, u.Key, 0, u.Bytes)
	if err != nil {
		return "", err
	}
	defer func() { _ = body.Close() }() // it was only read
	sum := sha256.New()
	if n, err := io.Copy(sum, body); err != nil || n != u.Bytes {
		return "", fmt.Errorf("read %d of %d bytes of %s: %w", n, u.Bytes, u.Key, errors.Join(err, io.ErrUnexpectedEOF))
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// remoteBlocks reads an object in blocks, of which it keeps one.
type remoteBlocks struct {
	ctx     context.Context //nolint:containedctx // it lives for one request and io.ReaderAt has no place for it
	objects Objects
	key     string
	size    int64
	at      int64
	block   []byte
}

// ReadAt is part of io.ReaderAt.
func (b *remoteBlocks) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) && off < b.size {
		if off < b.at || off >= b.at+int64(len(b.block)) {
			if err := b.fetch(off); err != nil {
				return n, err
			}
		}
		m := copy(p[n:], b.block[off-b.at:])
		n, off = n+m, off+int64(m)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (b *remoteBlocks) fetch(off int64) error {
	body, err := b.objects.GetRange(b.ctx, b.key, off, min(blockSize, b.size-off))
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // it was only read
	block := make([]byte, min(blockSize, b.size-off))
	if _, err := io.ReadFull(body, block); err != nil {
		return fmt.Errorf("read %s at %d: %w", b.key, off, err)
	}
	b.at, b.block = off, block
	return nil
}
