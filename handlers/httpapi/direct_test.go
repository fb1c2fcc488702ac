package httpapi_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/blob"
	"github.com/rising-stars/showcase/internal/uploads"
)

type uploadTable struct{ w *world }

func (u uploadTable) Add(_ context.Context, add uploads.Upload) error {
	unlock, err := u.w.lock()
	defer unlock()
	n := 0
	for _, p := range u.w.pending {
		if p.Account == add.Account {
			n++
		}
	}
	if n >= uploads.MaxPerAccount {
		return uploads.ErrTooMany
	}
	u.w.pending = append(u.w.pending, add)
	return err
}

func (u uploadTable) ByID(_ context.Context, id events.ID) (uploads.Upload, bool, error) {
	unlock, err := u.w.lock()
	defer unlock()
	for _, p := range u.w.pending {
		if p.ID == id {
			return p, true, err
		}
	}
	return uploads.Upload{}, false, err
}

func (u uploadTable) Of(_ context.Context, account events.ID) ([]uploads.Upload, error) {
	unlock, err := u.w.lock()
	defer unlock()
	return slices.DeleteFunc(slices.Clone(u.w.pending), func(p uploads.Upload) bool { return p.Account != account }), err
}

func (u uploadTable) Forget(_ context.Context, ids ...events.ID) error {
	unlock, err := u.w.lock()
	defer unlock()
	u.w.pending = slices.DeleteFunc(u.w.pending, func(p uploads.Upload) bool { return slices.Contains(ids, p.ID) })
	return err
}

// The object store's side.

func (w *world) Head(_ context.Context, key string) (blob.Object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b, ok := w.objects[key]
	if !ok {
		return blob.Object{}, blob.ErrNotFound
	}
	return blob.Object{Key: key, Bytes: int64(len(b))}, nil
}

func (w *world) GetRange(_ context.Context, key string, offset, size int64) (io.ReadCloser, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b, ok := w.objects[key]
	if !ok {
		return nil, blob.ErrNotFound
	}
	return io.NopCloser(bytes.NewReader(b[offset:min(offset+size, int64(len(b)))])), nil
}

func (w *world) StartParts(context.Context, string, string) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := "multipart-" + newID().String()
	w.parts[id] = map[int][]byte{}
	return id, nil
}

func (w *world) PresignPart(_ context.Context, key, upload string, number int, size int64, _ time.Duration) (string, error) {
	return fmt.Sprintf("http://store.test/%s?upload=%s&part=%d&size=%d", key, upload, number, size), nil
}

func (w *world) ListParts(_ context.Context, _, upload string) ([]blob.Part, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	there, ok := w.parts[upload]
	if !ok {
		return nil, blob.ErrNotFound
	}
	var list []blob.Part
	for _, n := range slices.Sorted(maps.Keys(there)) {
		list = append(list, blob.Part{Number: n, Bytes: int64(len(there[n])), ETag: strconv.Itoa(n)})
	}
	return list, nil
}

func (w *world) FinishParts(_ context.Context, key, upload string, parts []blob.Part) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var whole []byte
	for _, p := range parts {
		whole = append(whole, w.parts[upload][p.Number]...)
	}
	delete(w.parts, upload)
	w.objects[key] = whole
	return nil
}

func (w *world) AbortParts(_ context.Context, _, upload string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.parts, upload)
	return nil
}

type plan struct {
	UploadID events.ID `json:"upload_id"`
	PartSize int64     `json:"part_size"`
	Parts    []struct {
		Number       int
		Offset, Size int64
		Done         bool
		URL          string
	}
}

func (s *service) begin(t *testing.T, token string, body map[string]any) plan {
	t.Helper()
	var p plan
	s.do("POST", "/api/uploads", token, body).want(201).decode(&p)
	return p
}

// sendPart is the browser's PUT.
func (s *service) sendPart(p plan, number int, file []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.pending {
		if u.ID == p.UploadID {
			part := p.Parts[number-1]
			s.parts[u.Multipart][number] = file[part.Offset : part.Offset+part.Size]
		}
	}
}

func TestDirectUpload(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, token := s.join("ana")
	_, stranger := s.join("beto")
	file := padded(11 << 20)
	p := s.begin(t, token, map[string]any{"title": " Mate ", "is_public": false, "size": len(file), "sha256": strings.ToUpper(hexSum(file))})
	if p.PartSize != 5<<20 || len(p.Parts) != 3 || p.Parts[2].Size != 1<<20 || p.Parts[2].Offset != 10<<20 || p.Parts[0].URL == "" {
		t.Fatalf("%+v", p)
	}
	path := "/api/uploads/" + p.UploadID.String()
	complete := func(lang string) string {
		return s.do("POST", path+"/complete", token, nil, "Accept-Language", lang).refused(400, "upload.parts-missing").Detail
	}
	if es, en := complete("es"), complete("en"); es != "Faltan las partes 1, 2 y 3 del archivo." || en != "Parts 1, 2 and 3 of the file are missing." {
		t.Errorf("all are missing: %s / %s", es, en)
	}
	s.sendPart(p, 3, file)
	s.sendPart(p, 1, file)
	var now plan
	s.get(path, token).want(200).decode(&now)
	if !now.Parts[0].Done || now.Parts[0].URL != "" || now.Parts[1].Done || now.Parts[1].URL == "" || !now.Parts[2].Done {
		t.Errorf("resumed: %+v", now)
	}
	if list := s.get("/api/uploads", token).want(200).list(); len(list) != 1 || list[0]["title"] != "Mate" {
		t.Errorf("unfinished: %v", list)
	}
	for _, method := range []string{"GET", "DELETE"} {
		s.do(method, path, stranger, nil).refused(404, "upload.not-found")
	}
	s.do("POST", path+"/complete", stranger, nil).refused(404, "upload.not-found")
	if es, en := complete("es"), complete("en"); es != "Falta la parte 2 del archivo." || en != "Part 2 of the file is missing." {
		t.Errorf("one is missing: %s / %s", es, en)
	}
	s.sendPart(p, 2, file)
	for range 2 {
		if id := s.do("POST", path+"/complete", token, nil).want(201).text("video_id"); id != p.UploadID.String() {
			t.Errorf("video %s", id)
		}
	}
	s.do("POST", path+"/complete", stranger, nil).refused(404, "upload.not-found")
	s.get(path, token).refused(404, "upload.not-found")
	v := s.get("/api/videos/"+p.UploadID.String(), token).want(200).object()
	if v["title"] != "Mate" || v["is_public"] != false || v["duration"] != 30.0 || s.videos[0].Original.SHA256 != hexSum(file) || len(s.videos) != 1 {
		t.Errorf("%v, %+v", v, s.videos)
	}
}

func TestDirectUploadRefusesWhatTheOtherOneDoes(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, token := s.join("ana")
	for name, c := range map[string]struct {
		file []byte
		sum  string
		code string
	}{
		"text":          {[]byte("hello, I am a text"), "", "upload.not-an-mp4"},
		"too short":     {film(10, 1920, 1080), "", "upload.too-short"},
		"too small":     {film(30, 640, 480), "", "upload.too-small"},
		"other content": {film(30, 1920, 1080), hexSum([]byte("another")), "upload.sha256-mismatch"},
	} {
		p := s.begin(t, token, map[string]any{"title": "x", "size": len(c.file), "sha256": c.sum})
		s.sendPart(p, 1, c.file)
		s.do("POST", "/api/uploads/"+p.UploadID.String()+"/complete", token, nil).refused(400, c.code)
		if len(s.objects) != 0 || len(s.pending) != 0 {
			t.Errorf("%s: left are %d objects, %d uploads", name, len(s.objects), len(s.pending))
		}
	}
	for name, c := range map[string]struct {
		body any
		code string
	}{
		"no title":   {map[string]any{"size": 5}, "upload.bad-title"},
		"empty":      {map[string]any{"title": "x", "size": 0}, "upload.file-empty"},
		"too large":  {map[string]any{"title": "x", "size": 100<<20 + 1}, "upload.too-large"},
		"bad digest": {map[string]any{"title": "x", "size": 5, "sha256": "abc"}, "upload.bad-sha256"},
		"a text":     {map[string]any{"title": "x", "size": "5"}, "request.wrong-type"},
	} {
		if p := s.do("POST", "/api/uploads", token, c.body).refused(400, c.code); p.Detail == "" {
			t.Error(name)
		}
	}
	s.do("POST", "/api/uploads", "", map[string]any{}).refused(401, "auth.token-missing")
}

func TestDirectUploadsEnd(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, token := s.join("ana")
	var last plan
	for range uploads.MaxPerAccount {
		last = s.begin(t, token, map[string]any{"title": "x", "size": 5})
	}
	s.do("POST", "/api/uploads", token, map[string]any{"title": "x", "size": 5}).refused(400, "upload.too-many-pending")
	if len(s.parts) != uploads.MaxPerAccount {
		t.Errorf("a refused one left its parts: %d", len(s.parts))
	}
	path := "/api/uploads/" + last.UploadID.String()
	s.do("DELETE", path, token, nil).want(200)
	s.do("DELETE", path, token, nil).refused(404, "upload.not-found")
	s.do("POST", path+"/complete", token, nil).refused(404, "upload.not-found")
	s.get("/api/uploads/nonsense", token).refused(404, "upload.not-found")
	p := s.begin(t, token, map[string]any{"title": "x", "size": 5})
	s.mu.Lock()
	for i := range s.pending {
		s.pending[i].ExpiresAt = time.Now().Add(-time.Second)
	}
	s.mu.Unlock()
	s.get("/api/uploads/"+p.UploadID.String(), token).refused(404, "upload.not-found")
	if list := s.get("/api/uploads", token).want(200).list(); len(list) != 0 {
		t.Errorf("%v", list)
	}
}
