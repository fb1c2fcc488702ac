package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"strings"

	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/media/mp4"
)

// Limits of an upload form.
const (
	maxFormOverhead = 1 << 20   // everything beside the video, part headers included
	maxParts        = 32        // fields of any name
	maxTextField    = 16 << 10  // bytes of title and is_public
	copyBuffer      = 128 << 10 // of memory for the video
)

// uploadForm is a received form. file is never nil; it must be closed.
type uploadForm struct {
	file     *scratch
	title    string
	public   bool
	hasTitle bool
	hasFlag  bool
}

// scratch is a received file: it has no name any more, so that it is gone with the process.
type scratch struct {
	*os.File
	size int64
	sum  string // SHA-256, hex; empty until a video arrived
}

func (s *scratch) close() { _ = s.Close() } // nothing of it is kept

func (a *api) newScratch() (*scratch, error) {
	f, err := os.CreateTemp(a.ScratchDir, "upload-*.mp4")
	if err != nil {
		return nil, fmt.Errorf("make a scratch file: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("unlink a scratch file: %w", err), f.Close())
	}
	return &scratch{File: f}, nil
}

// readForm reads the parts in whatever order they come. When it answers a form, the caller closes its file, error or not.
func (a *api) readForm(r *http.Request, in *incoming) (*uploadForm, error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return nil, errNotForm
	}
	if r.ContentLength > mp4.MaxBytes+maxFormOverhead {
		return nil, mp4.ErrTooLarge
	}
	file, err := a.newScratch()
	if err != nil {
		return nil, err
	}
	form := &uploadForm{file: file, public: true}
	parts := multipart.NewReader(in, params["boundary"])
	for range maxParts {
		part, err := parts.NextPart()
		switch {
		case err == io.EOF: // wrapped, it says that the form broke off
			return form, form.complete()
		case err != nil:
			return form, in.why(err, errBrokenForm)
		}
		if err := form.take(part, in); err != nil {
			return form, err
		}
	}
	return form, errFormTooLarge
}

func (f *uploadForm) complete() error {
	switch {
	case f.file.sum == "":
		return errNoFile
	case !f.hasTitle:
		return video.ErrTitle
	}
	return nil
}

// take reads one part. Text fields that we do not know are read over.
func (f *uploadForm) take(part *multipart.Part, in *incoming) error {
	switch name := part.FormName(); {
	case name == "video_file":
		return f.takeVideo(part, in)
	case part.FileName() != "":
		return errOtherFile
	case name == "title":
		return f.takeTitle(part, in)
	case name == "is_public":
		return f.takeFlag(part, in)
	default:
		_, err := io.Copy(io.Discard, part)
		return in.why(err, errBrokenForm)
	}
}

// takeVideo spools the video and makes its digest on the way.
func (f *uploadForm) takeVideo(part io.Reader, in *incoming) error {
	if f.file.sum != "" {
		return errTwice
	}
	in.allow(mp4.MaxBytes + 1)
	digest := sha256.New()
	to := io.MultiWriter(f.file.File, digest)
	n, err := io.CopyBuffer(struct{ io.Writer }{to}, io.LimitReader(part, mp4.MaxBytes+1), make([]byte, copyBuffer))
	switch {
	case err != nil:
		return in.why(err, errBrokenForm)
	case n > mp4.MaxBytes:
		return mp4.ErrTooLarge
	case n == 0:
		return errEmptyFile
	}
	f.file.size, f.file.sum = n, hex.EncodeToString(digest.Sum(nil))
	return nil
}

func (f *uploadForm) takeTitle(part io.Reader, in *incoming) error {
	if f.hasTitle {
		return errTwice
	}
	text, err := readText(part, in)
	if err != nil {
		return err
	}
	f.title, err = video.CheckTitle(text)
	f.hasTitle = true
	return err
}

func (f *uploadForm) takeFlag(part io.Reader, in *incoming) error {
	if f.hasFlag {
		return errTwice
	}
	text, err := readText(part, in)
	if err != nil {
		return err
	}
	f.hasFlag = true
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true", "1", "on", "yes":
		f.public = true
	case "false", "0", "off", "no":
		f.public = false
	default:
		return errIsPublic
	}
	return nil
}

// readText is a field's text, cut off where it is longer than any that is accepted.
func readText(part io.Reader, in *incoming) (string, error) {
	text, err := io.ReadAll(io.LimitReader(part, maxTextField))
	return string(text), in.why(err, errBrokenForm)
}

// derivedID is the same for the same account and key: a UUID of version 8 (RFC 9562, section 5.8).
func derivedID(owner events.ID, key string) events.ID {
	sum := sha256.Sum256(append(append([]byte("upload"), owner[:]...), key...))
	id := events.ID(sum[:16])
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return id
}
