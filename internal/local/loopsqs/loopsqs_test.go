package loopsqs

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// clock is set by hand; it starts at a fixed moment.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func start(t *testing.T, cfg Config) *Server {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	if cfg.Now == nil {
		cfg.Now = newClock().Now
	}
	s, err := Start(t.Context(), cfg)
	ok(t, err)
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := s.Close(t.Context()); err != nil && !errors.Is(err, t.Context().Err()) {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

type object = map[string]any

// call speaks the protocol by hand. It returns the code of the refusal, or "".
func call(t *testing.T, s *Server, action string, in object, out any) (code string) {
	t.Helper()
	code, err := tryCall(t, s, action, in, out)
	ok(t, err)
	return code
}

func tryCall(t *testing.T, s *Server, action string, in object, out any) (code string, err error) {
	t.Helper()
	body, err := json.Marshal(in)
	ok(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL(), bytes.NewReader(body))
	ok(t, err)
	req.Header.Set("X-Amz-Target", "AmazonSQS."+action)
	req.Header.Set("Content-Type", contentType)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return res.Header.Get("X-Amzn-Query-Error"), nil
	}
	if out != nil {
		return "", json.NewDecoder(res.Body).Decode(out)
	}
	return "", nil
}

func makeQueue(t *testing.T, s *Server, name string, attributes object) (url string) {
	t.Helper()
	var out urlOut
	if code := call(t, s, "CreateQueue", object{"QueueName": name, "Attributes": attributes}, &out); code != "" {
		t.Fatalf("create %s: %s", name, code)
	}
	return out.QueueURL
}

func send(t *testing.T, s *Server, url string, bodies ...string) {
	t.Helper()
	for _, body := range bodies {
		if code := call(t, s, "SendMessage", object{"QueueUrl": url, "MessageBody": body}, nil); code != "" {
			t.Fatalf("send: %s", code)
		}
	}
}

func take(t *testing.T, s *Server, url string) []receivedMessage {
	t.Helper()
	var out receiveOut
	code := call(t, s, "ReceiveMessage", object{
		"QueueUrl": url, "MaxNumberOfMessages": 10, "MessageSystemAttributeNames": []string{"All"},
	}, &out)
	if code != "" {
		t.Fatalf("receive: %s", code)
	}
	return out.Messages
}

func remove(t *testing.T, s *Server, url, handle string) {
	t.Helper()
	if code := call(t, s, "DeleteMessage", object{"QueueUrl": url, "ReceiptHandle": handle}, nil); code != "" {
		t.Fatalf("delete: %s", code)
	}
}

func bodies(messages []receivedMessage) map[string]int {
	count := map[string]int{}
	for _, m := range messages {
		count[m.Body]++
	}
	return count
}
