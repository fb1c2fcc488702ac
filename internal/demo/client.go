package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

const (
	answerLimit  = 1 << 20 // bytes of an answer that are read
	pollEvery    = 500 * time.Millisecond
	processLimit = 10 * time.Minute // a clip that is not there by then is an error
)

// client speaks the public API.
type client struct {
	base string
	http *http.Client
}

func newClient(base string) *client {
	return &client{base: base + "/api", http: &http.Client{Timeout: 5 * time.Minute}}
}

// answer is an API answer with its status.
type answer struct {
	status int
	body   []byte
}

func (a answer) into(v any) error {
	if err := json.Unmarshal(a.body, v); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	return nil
}

func (a answer) code() string {
	var problem struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(a.body, &problem) // an answer without a code has none
	return problem.Code
}

func (a answer) unexpected(what string) error {
	return fmt.Errorf("%s: status %d: %s", what, a.status, a.body)
}

func (c *client) do(ctx context.Context, method, path, token, contentType string, body io.Reader) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return answer{}, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, answerLimit))
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: %w", method, path, err)
	}
	return answer{status: res.StatusCode, body: b}, nil
}

func (c *client) post(ctx context.Context, path, token string, v any) (answer, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return answer{}, err
	}
	return c.do(ctx, http.MethodPost, path, token, "application/json", bytes.NewReader(b))
}

// account signs somebody up, unless they are, and in.
func (c *client) account(ctx context.Context, email, first, last, city string) (token string, err error) {
	a, err := c.post(ctx, "/auth/signup", "", map[string]string{
		"first_name": first, "last_name": last, "email": email, "city": city, "country": country,
		"password1": Password, "password2": Password,
	})
	if err != nil {
		return "", err
	}
	if a.status != http.StatusCreated && a.code() != "account.email-taken" {
		return "", a.unexpected("sign up " + email)
	}
	if a, err = c.post(ctx, "/auth/login", "", map[string]string{"email": email, "password": Password}); err != nil {
		return "", err
	}
	if a.status != http.StatusOK {
		return "", a.unexpected("sign in " + email)
	}
	var tokens struct {
		Access string `json:"access_token"`
	}
	err = a.into(&tokens)
	return tokens.Access, err
}

type listed struct {
	ID     string `json:"video_id"`
	Status string `json:"status"`
	Stage  string `json:"stage"`
}

// ownVideo is the id of the first video of the token's account; empty when there is none.
func (c *client) ownVideo(ctx context.Context, token string) (string, error) {
	a, err := c.do(ctx, http.MethodGet, "/videos?limit=1", token, "", nil)
	if err != nil {
		return "", err
	}
	var list []listed
	if a.status != http.StatusOK {
		return "", a.unexpected("list videos")
	}
	if err := a.into(&list); err != nil || len(list) == 0 {
		return "", err
	}
	return list[0].ID, nil
}

func (c *client) upload(ctx context.Context, token, title, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	r, w := io.Pipe()
	form := multipart.NewWriter(w)
	go func() { w.CloseWithError(writeForm(form, title, f)) }() // ends with the request, which reads it to the end or closes it
	a, err := c.do(ctx, http.MethodPost, "/videos/upload", token, form.FormDataContentType(), r)
	r.Close()
	if err != nil {
		return "", err
	}
	if a.status != http.StatusCreated {
		return "", a.unexpected("upload " + filepath.Base(path))
	}
	var v listed
	err = a.into(&v)
	return v.ID, err
}

func writeForm(form *multipart.Writer, title string, f *os.File) error {
	if err := form.WriteField("title", title); err != nil {
		return err
	}
	part, err := form.CreateFormFile("video_file", filepath.Base(f.Name()))
	if err != nil {
		return err
	}
	if _, err := io.Copy(part, f); err != nil {
		return err
	}
	return form.Close()
}

// processed waits until a video is open for voting.
func (c *client) processed(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, processLimit)
	defer cancel()
	for {
		a, err := c.do(ctx, http.MethodGet, "/public/videos/"+id, "", "", nil)
		if err != nil {
			return err
		}
		if a.status == http.StatusOK {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for video %s: %w", id, ctx.Err())
		case <-time.After(pollEvery):
		}
	}
}

// vote reports whether the vote is new; one's own video and a second vote are passed over.
func (c *client) vote(ctx context.Context, token, id string) (bool, error) {
	a, err := c.do(ctx, http.MethodPost, "/public/videos/"+id+"/vote", token, "", nil)
	if err != nil {
		return false, err
	}
	switch {
	case a.status == http.StatusOK:
		return true, nil
	case a.code() == "vote.already-cast" || a.code() == "vote.own-video":
		return false, nil
	}
	return false, a.unexpected("vote")
}
