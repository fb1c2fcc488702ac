package deploy_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// key is what secrets.sh makes of a generated text.
func key(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func TestSecretsGoIntoMemoryAndNowhereElse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		settings []string
		want     string
	}{
		"worker": {nil, "MASTER_KEY=" + key("generated-master-text") + "\n"},
		"web": {
			[]string{"TOKEN_SECRET=token"},
			"MASTER_KEY=" + key("generated-master-text") + "\nJWT_KEYS=aaaaaaaa:" + key("current-text") + "\n",
		},
		"web after a rotation": {
			[]string{"TOKEN_SECRET=token", "ROTATED=1"},
			"MASTER_KEY=" + key("generated-master-text") + "\nJWT_KEYS=aaaaaaaa:" + key("current-text") + ",bbbbbbbb:" + key("previous-text") + "\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.copy("hosts/secrets.sh", "hosts/secrets.sh", 0o755)
			target := filepath.Join(s.root, "secrets.env")
			out, ok := s.run(append(test.settings, "MASTER_SECRET=master"), "", "hosts/secrets.sh", target)
			if !ok || out != "" {
				t.Fatalf("ok %t, output %q", ok, out)
			}
			text, err := os.ReadFile(target)
			if err != nil {
				t.Fatal(err)
			}
			if string(text) != test.want {
				t.Errorf("got %q, want %q", text, test.want)
			}
			info, err := os.Stat(target)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != 0o600 {
				t.Errorf("others may read it: %v", info.Mode())
			}
		})
	}
}

func TestAMissingSecretStopsTheHost(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.copy("hosts/secrets.sh", "hosts/secrets.sh", 0o755)
	target := filepath.Join(s.root, "secrets.env")
	out, ok := s.run([]string{"MASTER_SECRET=master", "FAIL_ON=get-secret-value"}, "", "hosts/secrets.sh", target)
	if ok || !strings.Contains(out, "AWSCURRENT of master") {
		t.Errorf("ok %t: %s", ok, out)
	}
	if _, err := os.Stat(target); err == nil {
		t.Error("half a file is there")
	}
}

// The password has quotes, blanks and a dollar: it must arrive whole, and in no argument.
func TestTheMigratorKeepsThePasswordOutOfArguments(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.copy("hosts/migrate.sh", "release/hosts/migrate.sh", 0o755)
	script, err := os.ReadFile("hosts/migrate.sh")
	if err != nil {
		t.Fatal(err)
	}
	s.write("release/hosts/migrate.sh", strings.Replace(string(script), "/var/log/showcase", s.root, 1))
	if err := os.Chmod(filepath.Join(s.root, "release/hosts/migrate.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	showcase := "#!/bin/bash\nprintf 'showcase\\t%s\\n' \"$*\" >> \"$CALLS\"\nprintf '%s' \"$PGPASSWORD\" > \"${CALLS%calls}password\"\nprintf '%s' \"$DATABASE_URL\" > \"${CALLS%calls}url\"\n"
	s.write("release/showcase", showcase)
	for _, tool := range []string{"dnf", "psql"} {
		s.copy("testdata/bin/record", "bin/"+tool, 0o755)
	}
	if err := os.Chmod(filepath.Join(s.root, "release/showcase"), 0o755); err != nil {
		t.Fatal(err)
	}
	out, ok := s.run([]string{"DATABASE_HOST=db", "DATABASE_MASTER_SECRET=rds", "FLUSH_SECONDS=0"}, "", "release/hosts/migrate.sh")
	if !ok {
		t.Fatalf("failed:\n%s", out)
	}
	if missing := inOrder(s.called(), `showcase\tmigrate`, `psql\t.*logins\.sql`); missing != "" {
		t.Errorf("%s was not called in its turn:\n%s", missing, s.called())
	}
	password, err := os.ReadFile(filepath.Join(s.root, "password"))
	if err != nil {
		t.Fatal(err)
	}
	if want := `p@ss "word" $x`; string(password) != want {
		t.Errorf("the password arrives as %q, want %q", password, want)
	}
	url, err := os.ReadFile(filepath.Join(s.root, "url"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(url), "postgres://owner@db:5432/showcase?sslmode=verify-full") {
		t.Errorf("address %q", url)
	}
	if strings.Contains(s.called()+out, "p@ss") {
		t.Error("the password is among the arguments or in the log")
	}
}

func TestAHungAPIIsRestarted(t *testing.T) {
	t.Parallel()
	var alive atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if !alive.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(server.Close)
	s := newStage(t)
	s.copy("hosts/watch.sh", "watch.sh", 0o755)
	s.copy("testdata/bin/record", "bin/systemctl", 0o755)
	realCurl(t, s)
	address := "HTTP_ADDR=0.0.0.0:" + server.URL[strings.LastIndex(server.URL, ":")+1:]
	alive.Store(true)
	if out, ok := s.run([]string{address}, "", "watch.sh"); !ok || strings.Contains(s.called(), "systemctl") {
		t.Errorf("a healthy API was restarted:\n%s", out)
	}
	alive.Store(false)
	if out, ok := s.run([]string{address}, "", "watch.sh"); !ok || !strings.Contains(s.called(), "systemctl\trestart\tshowcase-api.service") {
		t.Errorf("a hung API was left alone:\n%s", out)
	}
}

// realCurl takes the stand-in away.
func realCurl(t *testing.T, s *stage) {
	t.Helper()
	needTool(t, "curl")
	if err := os.Remove(filepath.Join(s.root, "bin/curl")); err != nil {
		t.Fatal(err)
	}
}

func TestTheSmokeTestUploadsWaitsAndCleansUp(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	var seen []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Method+" "+r.URL.Path)
		switch {
		case r.URL.Path == "/api/auth/login":
			fmt.Fprint(w, `{"access_token":"t0k3n","token_type":"Bearer"}`)
		case r.URL.Path == "/api/videos/upload":
			if r.Header.Get("Authorization") != "Bearer t0k3n" {
				w.WriteHeader(http.StatusUnauthorized)
			}
			fmt.Fprint(w, `{"message":"x","video_id":"v1"}`)
		case r.Method == http.MethodGet && asked.Add(1) < 4:
			fmt.Fprint(w, `{"video_id":"v1","status":"uploaded"}`)
		default:
			fmt.Fprint(w, `{"video_id":"v1","status": "processed"}`)
		}
	}))
	t.Cleanup(server.Close)
	s := newStage(t)
	s.copy("smoke.sh", "smoke.sh", 0o755)
	s.write("bin/ffmpeg", "#!/bin/bash\necho video > \"${@: -1}\"\n")
	if err := os.Chmod(filepath.Join(s.root, "bin/ffmpeg"), 0o755); err != nil {
		t.Fatal(err)
	}
	realCurl(t, s)
	out, ok := s.run([]string{"SMOKE_PAUSE=0"}, "", "smoke.sh", server.URL)
	if !ok || !strings.Contains(out, "processed and removed") {
		t.Fatalf("ok %t:\n%s", ok, out)
	}
	calls := strings.Join(seen, "\n")
	if missing := inOrder(calls, "GET /readyz", "POST /api/auth/signup", "POST /api/auth/login", "POST /api/videos/upload", "GET /api/videos/v1", "DELETE /api/videos/v1"); missing != "" {
		t.Errorf("%s was not asked in its turn:\n%s", missing, calls)
	}
	if strings.Contains(out, "t0k3n") {
		t.Error("the token is in the output")
	}
}
