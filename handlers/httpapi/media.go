package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/fault"
	"github.com/rising-stars/showcase/projections/gallery"
)

const (
	mediaPath   = "/media/"
	mediaTTL    = 15 * time.Minute // of the presigned URL behind a redirect
	redirectAge = "public, max-age=300"
	mediaAge    = "public, max-age=3600" // not for ever: a video can be withdrawn
	storedTTL   = 2 * time.Second
	maxStored   = 4096
	chunkLimit  = 30 * time.Second // a client that takes no byte for so long is let go
)

// errNoRange goes with a Content-Range that says how long the object is (RFC 9110, section 15.5.17).
var errNoRange = fault.New(fault.Invalid, "media.no-such-range",
	"El archivo no tiene esa parte.", "The file does not have that part.")

// mediaTypes are the types of processed objects, by the end of the key.
var mediaTypes = map[string]string{".mp4": "video/mp4", ".jpg": "image/jpeg", ".webp": "image/webp"}

// MediaURL is the stable address of a public object below the API's own, which has no slash at its end; empty for an
// object that is not there.
func MediaURL(base string, o events.Object) string {
	if o.Key == "" {
		return ""
	}
	return base + mediaPath + o.Key
}

func (a *api) mediaURL(o events.Object) string { return MediaURL(a.PublicURL, o) }

// stored are the objects that the public may see of a video.
type stored struct {
	objects map[string]events.Object // by key; empty unless the video is public
	at      time.Time                // when they were made
}

// media answers GET /media/{key}: the clip, preview and posters of public videos. It streams them, with ranges, or
// redirects to the object store.
func (a *api) media(w *reply, r *http.Request) error {
	key := strings.TrimPrefix(r.URL.Path, mediaPath)
	o, at, err := a.publicObject(r.Context(), key)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cross-Origin-Resource-Policy", "cross-origin") // the site may live elsewhere
	if o.Key != key {
		h.Set("Cache-Control", redirectAge)
		h.Set("Location", a.mediaURL(o))
		w.WriteHeader(http.StatusFound)
		return nil
	}
	if a.OpenObject == nil {
		return a.redirect(w, r, o)
	}
	h.Set("Content-Type", mediaTypes[path.Ext(o.Key)])
	h.Set("Cache-Control", mediaAge)
	h.Set("ETag", `"`+o.SHA256+`"`)
	body := &remote{ctx: r.Context(), open: a.OpenObject, object: o}
	defer body.close()
	out := &mediaWriter{reply: w, rc: http.NewResponseController(w), now: a.Now}
	http.ServeContent(out, oneRange(r), "", at, body)
	if out.noRange {
		return errNoRange
	}
	return body.err
}

// oneRange is the request, without its Range when that is more than one range, or none of bytes. RFC 9110, section 14.2,
// lets a server answer those with the whole. Players ask for one, and each would open the stored object anew.
func oneRange(r *http.Request) *http.Request {
	given := r.Header.Get("Range")
	if given == "" || strings.HasPrefix(given, "bytes=") && !strings.Contains(given, ",") {
		return r
	}
	r = r.Clone(r.Context())
	r.Header.Del("Range")
	return r
}

func (a *api) redirect(w *reply, r *http.Request, o events.Object) error {
	to, err := a.Objects.PresignGet(r.Context(), o.Key, mediaTTL)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", redirectAge)
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusFound)
	return nil
}

// publicObject finds the object of a key like processed/{video}/…, if the public may see it. For an object of an earlier
// run it is the one that has taken its place.
func (a *api) publicObject(ctx context.Context, key string) (events.Object, time.Time, error) {
	parts := strings.SplitN(key, "/", 3)
	if len(parts) < 3 || parts[0] != "processed" {
		return events.Object{}, time.Time{}, video.ErrNotFound
	}
	id, err := events.ParseID(parts[1])
	if err != nil {
		return events.Object{}, time.Time{}, video.ErrNotFound
	}
	s, err := a.stored.get(ctx, id, func(ctx context.Context) (stored, error) {
		v, ok, err := a.Gallery.ByID(ctx, id)
		if err != nil || !ok || !v.Votable {
			return stored{}, err
		}
		return publicObjects(v), nil
	})
	if err != nil {
		return events.Object{}, time.Time{}, err
	}
	if o, ok := s.objects[key]; ok {
		return o, s.at, nil
	}
	for _, o := range s.objects {
		if path.Base(o.Key) == path.Base(key) {
			return o, s.at, nil
		}
	}
	return events.Object{}, time.Time{}, video.ErrNotFound
}

func publicObjects(v gallery.Video) stored {
	s := stored{objects: map[string]events.Object{}}
	for _, o := range []events.Object{v.Clip, v.Preview, v.PosterJPEG, v.PosterWebP} {
		if o.Key != "" {
			s.objects[o.Key] = o
		}
	}
	if v.ProcessedAt != nil {
		s.at = *v.ProcessedAt
	}
	return s
}

// remote is a stored object as a file that can be sought in. It is opened when it is first read, and anew after a seek.
type remote struct {
	ctx    context.Context //nolint:containedctx // it lives for one request and io.ReadSeeker has no place for it
	open   func(ctx context.Context, key string, offset int64) (io.ReadCloser, error)
	object events.Object
	offset int64
	body   io.ReadCloser
	err    error // what opening or reading failed with
}

// Seek is part of io.Seeker.
func (f *remote) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.offset
	case io.SeekEnd:
		offset += f.object.Bytes
	}
	if offset < 0 {
		return 0, errors.New("seek before the start")
	}
	if offset != f.offset {
		f.close()
		f.offset = offset
	}
	return offset, nil
}

// Read is part of io.Reader.
func (f *remote) Read(p []byte) (int, error) {
	if f.offset >= f.object.Bytes {
		return 0, io.EOF
	}
	if f.body == nil {
		if f.body, f.err = f.open(f.ctx, f.object.Key, f.offset); f.err != nil {
			return 0, f.err
		}
	}
	n, err := f.body.Read(p)
	f.offset += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		f.err = err
	}
	return n, err
}

func (f *remote) close() {
	if f.body != nil {
		_ = f.body.Close() // it was only read
		f.body = nil
	}
}

// mediaWriter moves the write deadline on as long as the client takes bytes, and holds back what net/http says to a range
// that is not there, so that it can be said as everything else is.
type mediaWriter struct {
	*reply
	rc      *http.ResponseController
	now     func() time.Time
	moved   time.Time
	noRange bool
}

// WriteHeader is part of http.ResponseWriter.
func (p *mediaWriter) WriteHeader(status int) {
	if status == http.StatusRequestedRangeNotSatisfiable {
		p.noRange = true
		return
	}
	p.reply.WriteHeader(status)
}

// Write is part of io.Writer.
func (p *mediaWriter) Write(b []byte) (int, error) {
	if p.noRange {
		return len(b), nil
	}
	if now := p.now(); now.Sub(p.moved) > time.Second {
		p.moved = now
		_ = p.rc.SetWriteDeadline(now.Add(chunkLimit)) // a server without deadlines has none to move
	}
	return p.reply.Write(b)
}
