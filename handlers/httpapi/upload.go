package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/auth"
	"github.com/rising-stars/showcase/internal/fault"
	"github.com/rising-stars/showcase/internal/media/mp4"
)

// storeLimit is how long storing and entering a received file may take. From there on the client is no longer waited
// for: what has arrived in full is finished.
const storeLimit = 2 * time.Minute

// Refusals of an upload, beside those of internal/media/mp4 and video.ErrTitle.
var (
	errUploadBusy = fault.New(fault.Unavailable, "upload.busy",
		"Hay demasiadas subidas en este momento. Intenta de nuevo en unos segundos.",
		"Too many uploads at this moment. Try again in a few seconds.").After(10 * time.Second)
	errNotForm = fault.New(fault.Invalid, "upload.not-a-form",
		"La solicitud debe ser multipart/form-data con un boundary.", "The request must be multipart/form-data with a boundary.")
	errBrokenForm = fault.New(fault.Invalid, "upload.broken-form",
		"El formulario llegó incompleto o dañado.", "The form arrived incomplete or damaged.")
	errNoFile = fault.New(fault.Invalid, "upload.file-missing",
		"Falta el archivo en el campo video_file.", "The file is missing in the field video_file.")
	errOtherFile = fault.New(fault.Invalid, "upload.unexpected-file",
		"El archivo debe llegar en el campo video_file.", "The file must come in the field video_file.")
	errTwice = fault.New(fault.Invalid, "upload.field-repeated",
		"El formulario repite un campo o trae más de un archivo.", "The form repeats a field or has more than one file.")
	errEmptyFile = fault.New(fault.Invalid, "upload.file-empty",
		"El archivo está vacío.", "The file is empty.")
	errIsPublic = fault.New(fault.Invalid, "upload.bad-is-public",
		"El campo is_public debe ser true o false.", "The field is_public must be true or false.")
	errFormTooLarge = fault.New(fault.Invalid, "upload.form-too-large",
		"El formulario trae demasiados datos además del video.", "The form carries too much besides the video.")
	errTooSlow = fault.New(fault.Invalid, "upload.too-slow",
		"La subida es demasiado lenta o se detuvo.", "The upload is too slow, or it stalled.")
)

type uploadReply struct {
	Message string    `json:"message"`
	TaskID  events.ID `json:"task_id"`
	VideoID events.ID `json:"video_id"`
}

// upload answers POST /api/videos/upload: receive, look at the content, store, enter. The answer does not wait for the
// processing.
func (a *api) upload(w *reply, r *http.Request) error {
	in := newIncoming(w, r, a.Now)
	id, err := a.receiveUpload(w, r, in)
	if err != nil {
		in.drain() // a client that is still sending would not read the answer
		return err
	}
	return writeJSON(w, http.StatusCreated, uploadReply{"Video subido correctamente. Procesamiento en curso.", id, id})
}

func (a *api) receiveUpload(w *reply, r *http.Request, in *incoming) (events.ID, error) {
	p, err := a.principal(w, r)
	if err != nil {
		return events.ID{}, err
	}
	if err := a.allowUpload(r, p); err != nil {
		return events.ID{}, err
	}
	id, replayed, err := a.uploadID(r, p.Account)
	if err != nil || replayed {
		return id, err
	}
	select {
	case a.slots <- struct{}{}:
		defer func() { <-a.slots }()
	default:
		return events.ID{}, errUploadBusy
	}
	form, err := a.readForm(r, in)
	if form != nil {
		defer form.file.close()
	}
	if err != nil {
		return events.ID{}, err
	}
	info, err := mp4.Scan(form.file, form.file.size)
	if err != nil {
		return events.ID{}, err
	}
	if err := mp4.Check(info); err != nil {
		return events.ID{}, err
	}
	return id, a.enter(w, r, video.Submit{
		VideoID: id, OwnerID: p.Account, Title: form.title, Public: form.public,
		Original: events.Object{
			Key: fmt.Sprintf("originals/%s/%s.mp4", id, form.file.sum), Bytes: form.file.size, SHA256: form.file.sum,
		},
		DurationMS: info.Duration.Milliseconds(), Width: info.Width, Height: info.Height,
	}, form.file)
}

func (a *api) allowUpload(r *http.Request, p auth.Principal) error {
	if err := a.Limiter.Allow(auth.UploadAccount, auth.ByAccount(p.Account)); err != nil {
		return err
	}
	return a.Limiter.Allow(auth.UploadAddress, auth.ByAddress(a.address(r)))
}

// uploadID is a new id, or with an Idempotency-Key the same for every try of one account; replayed when an earlier try
// was entered already, so that the file need not be read again.
func (a *api) uploadID(r *http.Request, owner events.ID) (id events.ID, replayed bool, err error) {
	key, err := idempotencyKey(r)
	if err != nil || key == "" {
		return a.NewID(), false, err
	}
	id = derivedID(owner, key)
	v, ok, err := a.Gallery.ByID(r.Context(), id)
	return id, ok && v.OwnerID == owner, err
}

// enter stores the original and submits the video. An object whose video was refused is removed; when it is not known
// whether the video was entered, the object stays and the sweep decides. So it does when storing failed: another try
// with the same Idempotency-Key may have stored the same object, and entered its video.
func (a *api) enter(w *reply, r *http.Request, c video.Submit, file *scratch) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storeLimit)
	defer cancel()
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("rewind the upload: %w", err)
	}
	if err := a.Objects.Put(ctx, c.Original.Key, file, c.Original.Bytes, "video/mp4"); err != nil {
		return fmt.Errorf("store the original: %w", err)
	}
	err := a.VideoCommands.SubmitVideo(ctx, a.meta(w, r, c.OwnerID), c)
	if f, refused := errors.AsType[*fault.Fault](err); refused && f.Kind != fault.Unavailable {
		a.removeObjects(ctx, w, []string{c.Original.Key})
	}
	if err == nil {
		a.Log.LogAttrs(ctx, slog.LevelInfo, "video submitted", slog.String("request_id", w.request),
			slog.String("video", c.VideoID.String()), slog.Int64("bytes", c.Original.Bytes), slog.Int64("duration_ms", c.DurationMS))
	}
	return err
}
