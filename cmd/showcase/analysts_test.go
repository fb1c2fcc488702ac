package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rising-stars/showcase/internal/e2e"
)

// desk is where an analyst works: the program, a database with a generated log, and a directory.
type desk struct {
	*e2e.Deployment
	t   *testing.T
	dir string
}

func newDesk(t *testing.T, events string) desk {
	t.Helper()
	d := desk{e2e.NewDeployment(t, time.Now), t, t.TempDir()}
	d.ok("seed", "--events", events, "--fraud", "all", "--truth", d.path("truth.json"))
	d.ok("project", "rebuild", "ranking")
	d.ok("project", "rebuild", "accounts")
	return d
}

func (d desk) path(name string) string { return filepath.Join(d.dir, name) }

// run runs a command and returns its exit code, and what it printed on both ways.
func (d desk) run(args ...string) (code int, out, said string) {
	d.t.Helper()
	cmd := exec.CommandContext(d.t.Context(), e2e.Program(d.t, "showcase"), args...)
	var stdout, stderr bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = e2e.Environment(d.Env...), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if _, ended := errors.AsType[*exec.ExitError](err); !ended {
			d.t.Fatal(err)
		}
	}
	return cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

// exits runs a command that ends with an exit code.
func (d desk) exits(want int, args ...string) string {
	d.t.Helper()
	code, out, said := d.run(args...)
	if code != want {
		d.t.Fatalf("showcase %s ends with %d, want %d:\n%s\n%s", strings.Join(args, " "), code, want, out, said)
	}
	return out
}

func (d desk) ok(args ...string) string { d.t.Helper(); return d.exits(0, args...) }

// refused runs a command that cannot be run, and says why.
func (d desk) refused(why string, args ...string) {
	d.t.Helper()
	code, out, said := d.run(args...)
	if code != 2 || !strings.Contains(said, why) || out != "" || strings.Contains(said, "goroutine") {
		d.t.Errorf("showcase %s ends with %d, want 2 and %q:\n%s\n%s", strings.Join(args, " "), code, why, out, said)
	}
}

func (d desk) write(name, text string) string {
	d.t.Helper()
	if err := os.WriteFile(d.path(name), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return d.path(name)
}

// object is a JSON object that a command printed.
func object[T any](t *testing.T, out string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	return v
}

// TestAnAnalystsDay goes through what docs/analysts promises, on a generated log.
func TestAnAnalystsDay(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "30k")
	d.refused("not empty", "seed", "--events", "1k")
	d.asks()
	d.badInput()
	d.findsAndVoids()
	d.takesItAway()
	d.readsBack()
	out := d.ok("verify", "--seal", "--json")
	if v := object[struct{ Head, Sealed int64 }](t, out); v.Head < 30_000 {
		t.Errorf("verify prints %s", out)
	}
	d.ok("verify")
}

type rankingPrinted struct {
	LogPosition int64      `json:"log_position"`
	Players     []rankLine `json:"players"`
}

func (d desk) asks() {
	d.t.Helper()
	now := object[rankingPrinted](d.t, d.ok("rank", "--json"))
	then := object[rankingPrinted](d.t, d.ok("rank", "--position", "20000", "--top", "3", "--city", "CÚCUTA", "--json"))
	if now.LogPosition != 30_000 || len(now.Players) < 20 || then.LogPosition != 20_000 || len(then.Players) == 0 || then.Players[0].City != "Cúcuta" {
		d.t.Errorf("%+v\n%+v", now, then)
	}
	d.exits(1, "diff", "20000", "live", "--json")
	d.ok("diff", "30000", "live")
	d.ok("diff", d.write("now.json", d.ok("rank", "--json")), "live")
	empty := d.write("empty.yaml", "")
	d.ok("recount", "--rule", empty, "--diff")
	d.ok("diff", empty, "live", "--json")
	for _, args := range [][]string{{now.Players[0].Username}, {now.Players[0].Player.String(), "--position", "25000"}} {
		d.ok(append([]string{"explain", "--json"}, args...)...)
	}
	if one := object[eventLine](d.t, d.ok("events", "show", "1")); one.Type != "contest.created" {
		d.t.Errorf("event 1 is %+v", one)
	}
	if n := strings.Count(d.ok("events", "tail", "-n", "7"), "\n"); n != 7 {
		d.t.Errorf("tail prints %d lines", n)
	}
	for _, what := range []string{"race", "votes", "lag", "anomalies"} {
		for _, ext := range []string{"svg", "html"} {
			d.ok("plot", what, "--out", d.path(what+"."+ext), "--lang", "en", "--theme", "dark", "--zone", "America/Bogota", "--json")
		}
	}
	d.ok("plot", "race", "--out", d.path("race.png"), "--city", "cali", "--top", "5")
}

// badInput asks for what there is not.
func (d desk) badInput() {
	d.t.Helper()
	d.refused("before the first event", "rank", "--at", "2026-10-01T00:00:00Z")
	d.refused("before the first event", "rank", "--position=-1")
	d.refused("beyond the head of the log, which is 30000", "rank", "--position", "30001")
	d.refused("beyond the head", "events", "show", "99999999")
	d.refused("not a time", "rank", "--at", "yesterday")
	d.refused("give --at or --position", "rank", "--at", "2026-11-05", "--position", "7")
	code, _, said := d.run("rank", "--at", "2026-11-05 12:00")
	if code != 0 || !strings.Contains(said, "has no zone") {
		d.t.Errorf("a time without a zone: %d, %s", code, said)
	}
	code, _, said = d.run("rank", "--at", "2999-01-01T00:00:00-05:00", "--json")
	if code != 0 || !strings.Contains(said, "in the future") {
		d.t.Errorf("a time to come: %d, %s", code, said)
	}
	d.refused("no such player", "explain", "Nadie Ninguno")
	d.refused("no such player", "explain", "00000000-0000-7000-8000-000000000001")
	d.refused("typo.yaml:2: there is no \"burst_form\" here", "recount", "--rule", d.write("typo.yaml", "exclude:\n  - burst_form: 3\n"))
	d.refused("impossible window", "recount", "--rule",
		d.write("window.yaml", "exclude:\n  - from: 2026-11-02T00:00:00Z\n    to: 2026-11-01T00:00:00Z\n"))
	d.refused("extends itself", "recount", "--rule", d.write("cycle.yaml", "extends: cycle.yaml\n"))
	d.refused("there is no event type", "events", "export", "--out", d.path("none"), "--type", "ballot.kast")
	d.refused("there is nothing", "events", "export", "--out", d.path("none"), "--from", "20", "--to", "10")
	d.refused("MASTER_KEY", "events", "export", "--out", d.path("none"), "--personal", "--master-key", "")
	d.refused("is neither a position nor the id", "ballots", "show", "x")
	d.refused("there is no such format", "plot", "race", "--out", d.path("race.gif"))
	d.refused("from 2 to 20", "plot", "race", "--out", d.path("race.svg"), "--top", "1")
	d.refused("no account with the e-mail", "ballots", "void", "--rule", d.path("empty.yaml"), "--reason", "r", "--actor", "x@y.example", "--yes")
}

// findsAndVoids makes what anomalies finds official, and takes it back: then all is as it was.
func (d desk) findsAndVoids() {
	d.t.Helper()
	before := d.ok("rank", "--json")
	found := object[struct{ Groups []anomalyLine }](d.t, d.exits(1, "anomalies", "--rule", d.path("groups.yaml"), "--json"))
	measured := object[struct {
		Measured []struct{ Precision, Recall float64 }
	}](d.t, d.ok("anomalies", "--truth", d.path("truth.json"), "--json"))
	if len(found.Groups) < 5 || measured.Measured[2].Precision < 0.9 || measured.Measured[2].Recall < 0.8 {
		d.t.Errorf("%d groups; %+v", len(found.Groups), measured)
	}
	d.exits(1, "recount", "--rule", d.path("groups.yaml"), "--diff")
	void := []string{"ballots", "void", "--rule", d.path("groups.yaml"), "--reason", "Machine-made", "--actor", "person3@seed.example", "--yes", "--json"}
	d.refused("no organiser", void...)
	d.ok("organiser", "add", "person3@seed.example")
	act := object[actDone](d.t, d.ok(void...))
	total := 0
	for _, g := range found.Groups {
		total += g.Ballots
	}
	if act.Ballots != total {
		d.t.Errorf("%d ballots were voided, of %d in the groups", act.Ballots, total)
	}
	d.exits(1, "diff", d.write("before.json", before), "live")
	one := found.Groups[0].Positions[0]
	if told := d.exits(1, "ballots", "show", itoa(one)); !strings.Contains(told, "Machine-made") {
		d.t.Errorf("of a voided ballot it is told:\n%s", told)
	}
	if told := d.ok("ballots", "of", found.Groups[0].Players[0].String(), "--void", "--json"); strings.Count(told, `"counts": false`) < found.Groups[0].Ballots {
		d.t.Errorf("of voided ballots it is told:\n%.2000s", told)
	}
	d.ok("project", "rebuild", "ranking") // no projector runs: this brings the live one up, and then compares
	if v := object[struct{ Position int64 }](d.t, d.ok("verify", "--json")); v.Position <= act.Position-1 {
		d.t.Errorf("the live ranking is at %d, before the act at %d", v.Position, act.Position)
	}
	d.ok("ballots", "reinstate", "--act", act.Act.String(), "--reason", "It was a school", "--actor", "person3@seed.example", "--yes")
	d.ok("diff", d.path("before.json"), "live")
	if list := object[struct{ Acts []actLine }](d.t, d.ok("ballots", "ledger", "--json")); len(list.Acts) != 2 {
		d.t.Errorf("the ledger has %+v", list)
	}
	if told := d.ok("ballots", "show", itoa(one)); !strings.Contains(told, "It was a school") {
		d.t.Errorf("of a reinstated ballot it is told:\n%s", told)
	}
	d.ok("project", "rebuild", "ranking", "--json")
}

// takesItAway exports into a directory and into a bucket.
func (d desk) takesItAway() {
	d.t.Helper()
	type printed struct {
		Rows     int64
		Complete bool
		Files    []struct{ SHA256 string }
	}
	d.ok("provision")
	for _, format := range []string{"jsonl", "parquet", "csv"} {
		local := object[printed](d.t, d.ok("events", "export", "--format", format, "--to", "30000", "--out", d.path(format), "--json"))
		stored := object[printed](d.t, d.ok("events", "export", "--format", format, "--to", "30000", "--out", "s3://e2e-media/exports/"+format, "--json"))
		if local.Rows != 30_000 || !local.Complete || !slices.Equal(local.Files, stored.Files) {
			d.t.Errorf("%s: %+v\n%+v", format, local, stored)
		}
	}
	if keys := e2e.NewObjects(d.t, d.Env).Keys(); !slices.Contains(keys, "exports/csv/manifest.json") {
		d.t.Errorf("the bucket has %v", keys)
	}
	d.refused("s3://bucket", "events", "export", "--out", "s3:///x")
	d.refused("asked for otherwise", "events", "export", "--format", "csv", "--out", d.path("jsonl"))
	d.refused("has no manifest.json", "events", "export", "--out", d.dir)
}
