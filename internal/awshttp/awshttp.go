// Package awshttp makes the HTTP clients that speak to AWS's services and to their stand-ins.
package awshttp

import (
	"io"
	"net/http"
	"time"
)

// idlePerHost is how many idle connections a client keeps to one service.
const idlePerHost = 16

// NewClient returns a client of its own pool of connections. headers bounds the wait for an answer's head after the
// request is out, total a whole request with its answer; 0 is no bound.
func NewClient(headers, total time.Duration) *http.Client {
	pool := http.DefaultTransport.(*http.Transport).Clone() //nolint:errcheck // it is documented to be one
	pool.MaxIdleConnsPerHost = idlePerHost
	pool.ResponseHeaderTimeout = headers
	return &http.Client{Transport: transport{pool}, Timeout: total}
}

// transport hides the WriteTo of request bodies. The SDK closes a body as soon as the answer's head is there, while
// net/http may still look whether the body has more than was announced. A closed body's Read says that it has not; its
// WriteTo (smithy-go up to v1.28.8, transport/http/internal/io) fails with io.EOF, for which net/http closes the
// connection in the middle of the answer. An answer with messages that gets lost so hides them until their visibility
// times out.
type transport struct{ pool *http.Transport }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, writes := r.Body.(io.WriterTo); writes {
		body := r.Body
		r = r.WithContext(r.Context()) // a copy: a round trip may not change what it was given
		r.Body = struct{ io.ReadCloser }{body}
	}
	return t.pool.RoundTrip(r)
}

// CloseIdleConnections is what http.Client looks for.
func (t transport) CloseIdleConnections() { t.pool.CloseIdleConnections() }
