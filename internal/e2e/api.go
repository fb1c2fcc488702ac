package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"
)

const (
	answerLimit = 1 << 20         // bytes of an answer that are read
	callLimit   = 4 * time.Minute // for one request, on a machine that does ten things at once
	connections = 64              // kept open for the next request
)

// API is a client of the public contract.
type API struct {
	Base string // such as http://127.0.0.1:8080

	t    testing.TB
	http *http.Client
}

// NewAPI makes a client; it gives up its connections when the test ends.
func NewAPI(t testing.TB, base string) *API {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: connections}
	t.Cleanup(transport.CloseIdleConnections)
	return &API{Base: base, t: t, http: &http.Client{Transport: transport, Timeout: callLimit}}
}

// Answer is what came back.
type Answer struct {
	Status int
	Body   []byte
	Header http.Header

	t testing.TB
}

// Want requires a status.
func (a Answer) Want(status int) Answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("status %d, want %d: %s", a.Status, status, a.Body)
	}
	return a
}

// Refused requires a status and a problem with a code.
func (a Answer) Refused(status int, code string) Answer {
	a.t.Helper()
	if a.Want(status).Code() != code {
		a.t.Fatalf("refused with %s, want %s", a.Body, code)
	}
	return a
}

// Code is the code of a problem; empty when it is none.
func (a Answer) Code() string {
	var problem struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(a.Body, &problem) // what is not JSON has no code
	return problem.Code
}

// Into decodes the body.
func (a Answer) Into(v any) {
	a.t.Helper()
	if err := json.Unmarshal(a.Body, v); err != nil {
		a.t.Fatalf("%v: %s", err, a.Body)
	}
}

// Text is a text of the body's object.
func (a Answer) Text(name string) string {
	a.t.Helper()
	var fields map[string]any
	a.Into(&fields)
	text, ok := fields[name].(string)
	if !ok {
		a.t.Fatalf("no text %s in %s", name, a.Body)
	}
	return text
}

// Request is what is asked.
type Request struct {
	Method string // empty: GET
	Path   string // below /api
	Token  string
	JSON   any       // the body, unless Body is given
	Body   io.Reader // with its Type
	Type   string
	Length int64 // of Body, where it is known
	Header map[string]string
}

// Try asks, and returns an error when no answer came.
func (a *API) Try(ctx context.Context, r Request) (Answer, error) {
	req, err := a.build(ctx, r)
	if err != nil {
		return Answer{}, err
	}
	res, err := a.http.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, answerLimit))
	if err != nil {
		return Answer{}, fmt.Errorf("read answer: %w", err)
	}
	return Answer{Status: res.StatusCode, Body: body, Header: res.Header, t: a.t}, nil
}

func (a *API) build(ctx context.Context, r Request) (*http.Request, error) {
	if r.JSON != nil {
		b, err := json.Marshal(r.JSON)
		if err != nil {
			return nil, err
		}
		r.Body, r.Type, r.Length = bytes.NewReader(b), "application/json", int64(len(b))
	}
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, a.Base+"/api"+r.Path, r.Body)
	if err != nil {
		return nil, err
	}
	if r.Length > 0 {
		req.ContentLength = r.Length
	}
	if r.Type != "" {
		req.Header.Set("Content-Type", r.Type)
	}
	if r.Token != "" {
		req.Header.Set("Authorization", "Bearer "+r.Token)
	}
	for name, value := range r.Header {
		req.Header.Set(name, value)
	}
	return req, nil
}

// Do asks; no answer fails the test. It may be called from the test's own goroutine only.
func (a *API) Do(r Request) Answer {
	a.t.Helper()
	answer, err := a.Try(a.t.Context(), r)
	if err != nil {
		a.t.Fatal(err)
	}
	return answer
}

// Get asks for a path.
func (a *API) Get(path, token string) Answer {
	a.t.Helper()
	return a.Do(Request{Path: path, Token: token})
}

// Download reads an address that the API gave, and returns the body.
func (a *API) Download(address string) []byte {
	a.t.Helper()
	status, body := a.fetch(address)
	if status != http.StatusOK {
		a.t.Fatalf("GET %s: %d %s", address, status, body)
	}
	return body
}

// Status is what an address that the API gave answers now.
func (a *API) Status(address string) int {
	a.t.Helper()
	status, _ := a.fetch(address)
	return status
}

func (a *API) fetch(address string) (int, []byte) {
	a.t.Helper()
	req, err := http.NewRequestWithContext(a.t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		a.t.Fatal(err)
	}
	res, err := a.http.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		a.t.Fatalf("GET %s: %v", address, err)
	}
	return res.StatusCode, body
}
