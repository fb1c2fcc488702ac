package main

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/rising-stars/showcase/internal/e2e"
)

// TestStop ends the program in the middle of work by the signals that it answers. What it holds is nobody else's before.
func TestStop(t *testing.T) {
	t.Parallel()
	c := e2e.NewContest(t).Start()
	ana := c.API.Join(&e2e.Person{First: "Ana", Last: "Peña", Email: "ana@players.example", City: "Bogotá"})
	id := c.API.Upload(ana.Token, e2e.VideoField(e2e.ClipBytes(t, 20)), e2e.TextField("title", "Triples")).Want(201).Text("video_id")
	secondStart(t, c)
	processing := func() bool { return c.API.Video(id, ana.Token).Stage == "processing" }
	e2e.Eventually(t, "the clip is being made", processing)

	sent, late := lateUpload(t, c.API, ana, "Mates")
	family := stop(t, c, syscall.SIGINT, sent)
	if names := strings.Join(family.Living(), ", "); names != "" {
		t.Errorf("still there after Ctrl-C: %s", names)
	}
	other := (<-late).Want(201).Text("video_id")

	c.Start()
	if v := c.API.Video(other, ana.Token); v.Title != "Mates" {
		t.Errorf("got %+v", v)
	}
	e2e.Eventually(t, "the clip is being made again", processing)
	family = stop(t, c, syscall.SIGTERM, func() {})
	if names := strings.Join(family.Living(), ", "); names != "" {
		t.Errorf("still there after SIGTERM: %s", names)
	}
}

// stop sends a signal, lets something happen once the program says that it is going, and waits for a clean end.
func stop(t *testing.T, c *e2e.Contest, signal syscall.Signal, meanwhile func()) e2e.Family {
	t.Helper()
	family := e2e.FamilyOf(t, c.PID())
	c.Signal(signal)
	meanwhile()
	if code := c.Exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if got := c.Output(); !strings.HasSuffix(got, "stopped; nothing is lost\n") {
		t.Errorf("the last words are %q", got)
	}
	return family
}

// lateUpload sends a form but for its end, and returns what sends the end once the program wants no more requests.
func lateUpload(t *testing.T, api *e2e.API, who *e2e.Person, title string) (finish func(), answers <-chan e2e.Answer) {
	t.Helper()
	form := e2e.Form(e2e.Padded(e2e.ClipBytes(t, 20), 20<<20), e2e.TextField("title", title))
	whole, err := io.ReadAll(form.Body)
	if err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	form.Body = r
	out := make(chan e2e.Answer, 1)
	go func() {
		defer close(out)
		answer, err := api.TryUpload(context.WithoutCancel(t.Context()), who.Token, form)
		r.Close()
		if err != nil {
			t.Errorf("upload during the stop: %v", err)
			return
		}
		out <- answer
	}()
	half := len(whole) / 2
	if _, err := w.Write(whole[:half]); err != nil {
		t.Fatal(err)
	}
	return func() {
		e2e.Eventually(t, "readiness is taken back", func() bool {
			answer, err := api.Try(t.Context(), e2e.Request{Path: "/readyz"})
			return err != nil || answer.Status == 503
		})
		if _, err := w.Write(whole[half:]); err != nil {
			t.Errorf("send the rest: %v", err)
		}
		w.Close()
	}, out
}

// secondStart tries to start a program on the directory, and one on the address, of a contest that runs.
func secondStart(t *testing.T, c *e2e.Contest) {
	t.Helper()
	second := e2e.NewContest(t)
	addr := strings.TrimPrefix(c.API.Base, "http://")
	for _, refused := range []struct {
		dir   string
		words []string
		lines int
	}{
		{c.Dir, []string{"data directory in use", "process " + strconv.Itoa(c.PID())}, 1},
		{second.Dir, []string{"listen on " + addr + ":", "address already in use"}, 3},
	} {
		p := e2e.Start(t, e2e.Command{Path: c.Command().Path, Args: []string{"--addr", addr, "--data", refused.dir}})
		if code := p.Exit(); code != 2 {
			t.Errorf("exit code %d", code)
		}
		got := p.Output()
		for _, word := range refused.words {
			if !strings.Contains(got, word) {
				t.Errorf("%q is not in %q", word, got)
			}
		}
		if n := strings.Count(got, "\n"); n > refused.lines {
			t.Errorf("%d lines are printed: %q", n, got)
		}
	}
	c.API.Get("/readyz", "").Want(200)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	dir := filepath.Dir(e2e.Program(t, "showcase-local"))
	_, port, err := net.SplitHostPort(e2e.FreeAddr(t))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PORT", port)
			env.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
			return nil
		},
	})
}
