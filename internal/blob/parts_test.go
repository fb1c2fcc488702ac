package blob

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"
)

// putPart sends a part as a browser does.
func putPart(t *testing.T, url string, body []byte) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp.StatusCode
}

func TestPartsBecomeAnObject(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	const key = "originals/1/upload.mp4"
	upload, err := s.StartParts(t.Context(), key, "video/mp4")
	if err != nil {
		t.Fatal(err)
	}
	first, second := bytes.Repeat([]byte("a"), 5<<20), []byte("the rest")
	for number, body := range map[int][]byte{1: first, 2: second} {
		url, err := s.PresignPart(t.Context(), key, upload, number, int64(len(body)), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if number == 2 {
			if status := putPart(t, url, append([]byte("longer"), body...)); status != http.StatusForbidden {
				t.Errorf("a longer part: %d", status)
			}
		}
		if status := putPart(t, url, body); status != http.StatusOK {
			t.Errorf("part %d: %d", number, status)
		}
	}
	if _, err := s.Head(t.Context(), key); !errors.Is(err, ErrNotFound) {
		t.Errorf("before the end: %v", err)
	}
	parts, err := s.ListParts(t.Context(), key, upload)
	if err != nil || len(parts) != 2 || parts[0].Bytes != 5<<20 || parts[1].Number != 2 {
		t.Fatalf("%v, %v", parts, err)
	}
	if err := s.FinishParts(t.Context(), key, upload, parts); err != nil {
		t.Fatal(err)
	}
	if o, err := s.Head(t.Context(), key); err != nil || o.Bytes != 5<<20+8 {
		t.Errorf("%v, %v", o, err)
	}
	body, err := s.GetRange(t.Context(), key, 5<<20-1, 5)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(body)
	if string(text) != "athe " || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	_ = body.Close()
	if _, err := s.ListParts(t.Context(), key, upload); !errors.Is(err, ErrNotFound) {
		t.Errorf("parts afterwards: %v", err)
	}
	if err := s.AbortParts(t.Context(), key, upload); err != nil {
		t.Errorf("nothing to give up: %v", err)
	}
}

func TestPartsCanBeGivenUp(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	upload, err := s.StartParts(t.Context(), "k", "video/mp4")
	if err != nil {
		t.Fatal(err)
	}
	url, err := s.PresignPart(t.Context(), "k", upload, 1, 3, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AbortParts(t.Context(), "k", upload); err != nil {
		t.Fatal(err)
	}
	if status := putPart(t, url, []byte("abc")); status != http.StatusNotFound {
		t.Errorf("a late part: %d", status)
	}
}
