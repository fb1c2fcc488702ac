package httpapi_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"testing"
)

// field is one part of a form; with a file name it is a file.
type field struct{ name, file, content string }

func videoField(content []byte) field { return field{"video_file", "clip.mp4", string(content)} }

func titleField(title string) field { return field{name: "title", content: title} }

const boundary = "the-boundary"

func form(t *testing.T, fields ...field) []byte {
	t.Helper()
	room := 0
	for _, f := range fields {
		room += len(f.content) + 1<<10
	}
	out := bytes.NewBuffer(make([]byte, 0, room))
	w := multipart.NewWriter(out)
	if err := w.SetBoundary(boundary); err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + f.name + `"`}}
		if f.file != "" {
			h["Content-Disposition"][0] += `; filename="` + f.file + `"`
			h["Content-Type"] = []string{"video/mp4"}
		}
		part, err := w.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, f.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func (s *service) upload(token string, body []byte, headers ...string) *answer {
	s.t.Helper()
	headers = append([]string{"Content-Type", "multipart/form-data; boundary=" + boundary}, headers...)
	return s.do(http.MethodPost, "/api/videos/upload", token, bytes.NewReader(body), headers...)
}

// nothingLeft fails the test when a refused upload left something.
func (s *service) nothingLeft() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.objects) > 0 || len(s.videos) > 0 {
		s.t.Errorf("%d objects and %d videos are left", len(s.objects), len(s.videos))
	}
}
