package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rising-stars/showcase/internal/e2e"
)

// TestCollections runs the Postman collection, as anybody may against a contest that runs.
func TestCollections(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "..", "collections")
	needNewman(t, dir)
	c := e2e.NewContest(t).Start()
	eva := c.API.Join(&e2e.Person{First: "Eva", Last: "Mora", Email: "eva@anb.example", City: "Cali"})
	c.Tool("organiser", "add", eva.Email)
	out := e2e.Run(t, e2e.Command{
		Path: "bash", Args: []string{filepath.Join(dir, "run.sh"), c.API.Base, e2e.Clip(t, 20)}, Env: []string{"ORGANISER_TOKEN=" + eva.Token},
	})
	if !strings.Contains(out, "/redrive [200 OK") {
		t.Error("an organiser's requests were left out")
	}
	for line := range strings.Lines(out) {
		if strings.Contains(line, "assertions") || strings.Contains(line, "requests") {
			t.Log(strings.TrimSpace(line))
		}
	}
}

// needNewman skips the test where newman was not installed; `make test` installs it, and where CI is set it must be there.
func needNewman(t *testing.T, dir string) {
	t.Helper()
	_, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(dir, "node_modules", ".bin", "newman"))
	}
	switch {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatalf("newman is missing: %v", err)
	default:
		t.Skipf("newman is missing, make setup-test installs it: %v", err)
	}
}
