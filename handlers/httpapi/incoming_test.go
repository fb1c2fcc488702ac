package httpapi_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rising-stars/showcase/handlers/httpapi"
)

// patience ends a test that would wait for ever. It is longer than what the server itself waits for, so that on a busy
// machine a test fails of what it is about.
const patience = 2 * time.Minute

// wire is a connection on which a test says each byte itself.
type wire struct {
	net.Conn
	t testing.TB
}

func (s *service) dial() wire {
	s.t.Helper()
	c, err := (&net.Dialer{}).DialContext(s.t.Context(), "tcp", strings.TrimPrefix(s.base, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = c.Close() }) // most tests close it themselves
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		s.t.Fatal(err)
	}
	return wire{c, s.t}
}

func (w wire) say(b []byte) {
	w.t.Helper()
	if _, err := w.Write(b); err != nil {
		w.t.Fatal(err)
	}
}

// beginUpload sends the headers of an upload of so many bytes.
func (w wire) beginUpload(token string, length int, more string) {
	w.t.Helper()
	w.say(fmt.Appendf(nil, "POST /api/videos/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: multipart/form-data; boundary=%s\r\nContent-Length: %d\r\n%s\r\n",
		token, boundary, length, more))
}

// hears reads an answer.
func (w wire) hears(status int, code string) {
	w.t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(w), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // it was only read
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status || !strings.Contains(string(body), code) {
		w.t.Errorf("got %d %s (%v), want %d %s", resp.StatusCode, body, err, status, code)
	}
}

// until polls a condition.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not in time: %s", what)
		}
	}
}

func TestClientGoneHalfWay(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, token := s.join("ana")
	body := form(t, titleField("x"), videoField(padded(8<<20)))
	w := s.dial()
	w.beginUpload(token, len(body), "")
	w.say(body[:4<<20])
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	until(t, "the upload is given up", func() bool { return strings.Contains(s.log.String(), `"status":`) })
	if !strings.Contains(s.log.String(), `"status":499`) && !strings.Contains(s.log.String(), `"status":400`) {
		t.Errorf("log: %s", s.log)
	}
	s.nothingLeft()
}

func TestStalledUpload(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, token := s.join("ana")
	s.pass(-19900 * time.Millisecond) // so that 20 s of patience end in 0.1 s
	body := form(t, titleField("x"), videoField(padded(8<<20)))
	w := s.dial()
	w.beginUpload(token, len(body), "")
	w.say(body[:100])
	w.hears(400, "upload.too-slow")
	s.nothingLeft()
}

func TestSlowUpload(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]time.Duration{"below the rate": 10 * time.Minute, "at the end": 31 * time.Minute} {
		s := start(t)
		_, token := s.join("ana")
		body := form(t, titleField("x"), videoField(padded(8<<20)))
		w := s.dial()
		w.beginUpload(token, len(body), "Expect: 100-continue\r\n")
		asked := make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))
		if _, err := io.ReadFull(w, asked); err != nil || !bytes.HasPrefix(asked, []byte("HTTP/1.1 100 ")) {
			t.Fatalf("%s: %q, %v", name, asked, err)
		}
		w.say(body[:4<<20])
		s.pass(late)
		w.say(body[4<<20:])
		w.hears(400, "upload.too-slow")
		s.nothingLeft()
	}
}

// A client that sends all of a refused upload before it listens hears the refusal, not a reset connection. The upload is
// no larger than it must be to show that: reading it over may take only so long.
func TestRefusedUploadIsHeard(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, token := s.join("ana")
	body := form(t, titleField("x"), videoField(padded(8<<20)))
	w := s.dial()
	w.beginUpload("bad", len(body), "")
	w.say(body)
	w.hears(401, "auth.token-invalid")
	w = s.dial()
	w.beginUpload(token, len(body), "")
	w.say(bytes.Replace(body, []byte("title"), []byte("tilte"), 1))
	w.hears(400, "upload.bad-title")
}

// A client that asks first is told at once, and need not send its body.
func TestExpectContinueIsNotAsked(t *testing.T) {
	t.Parallel()
	s := start(t)
	w := s.dial()
	w.beginUpload("bad", 50<<20, "Expect: 100-continue\r\n")
	w.hears(401, "auth.token-invalid")
}

// What has arrived in full is entered, whether or not the client still waits.
func TestClientGoneWhileStoring(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, token := s.join("ana")
	body := form(t, titleField("x"), videoField(film(30, 1920, 1080)))
	arrived, gone := make(chan struct{}), make(chan struct{})
	s.storing = func(ctx context.Context) error {
		close(arrived)
		<-gone
		return ctx.Err()
	}
	w := s.dial()
	w.beginUpload(token, len(body), "")
	w.say(body)
	<-arrived
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	close(gone)
	until(t, "the video is entered", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.videos) == 1 && len(s.objects) == 1
	})
}

func TestUploadsAtOnceAreBounded(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *httpapi.Config) { c.MaxUploads = 1 })
	_, token := s.join("ana")
	body := form(t, titleField("x"), videoField(film(30, 1920, 1080)))
	arrived, finish := make(chan struct{}), make(chan struct{})
	s.storing = func(context.Context) error {
		close(arrived)
		<-finish
		return nil
	}
	first := s.dial()
	first.beginUpload(token, len(body), "")
	first.say(body)
	<-arrived
	s.upload(token, body).refused(503, "upload.busy")
	close(finish)
	first.hears(201, "Procesamiento en curso")
}

func TestSlowJSONBody(t *testing.T) {
	t.Parallel()
	s := start(t)
	w := s.dial()
	w.say([]byte("POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"email\""))
	if c, ok := w.Conn.(*net.TCPConn); !ok || c.CloseWrite() != nil {
		t.Fatal("cannot close one side")
	}
	w.hears(400, "request.incomplete")
}
