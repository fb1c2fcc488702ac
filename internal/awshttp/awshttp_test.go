package awshttp_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rising-stars/showcase/internal/awshttp"
)

// closedEarly is a body as the SDK leaves it once an answer's head has come: read to its end, and failing when asked to
// write itself.
type closedEarly struct{ *strings.Reader }

func (closedEarly) Close() error                     { return nil }
func (closedEarly) WriteTo(io.Writer) (int64, error) { return 0, io.EOF }

func TestABodyClosedEarlyKeepsItsAnswer(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, err := io.ReadAll(r.Body)
		if err != nil || string(sent) != "receive" {
			t.Errorf("the server got %q, %v", sent, err)
		}
		_, _ = io.WriteString(w, strings.Repeat("m", size))
	}))
	defer server.Close()
	client := awshttp.NewClient(0, 0)
	defer client.CloseIdleConnections()
	for range 5 {
		body := closedEarly{strings.NewReader("receive")}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, body)
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = body.Size()
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || len(got) != size {
			t.Fatalf("%d of %d bytes came: %v", len(got), size, err)
		}
	}
}
