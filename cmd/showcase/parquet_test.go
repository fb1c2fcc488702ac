package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rising-stars/showcase/internal/e2e"
)

// readers are what docs/analysts/check/read.mjs prints.
type readers struct {
	DuckDB, Hyparquet struct {
		Rows    int64
		Digest  string
		Types   map[string]string
		Answers [][]map[string]any
	}
}

// readsBack has DuckDB and hyparquet read the Parquet files of the whole log: they find the rows of the JSON Lines, to the
// last value, and the types that the columns are meant to have. DuckDB also answers the questions of duckdb.sql.
func (d desk) readsBack() {
	d.t.Helper()
	check := filepath.Join("..", "..", "docs", "analysts", "check")
	if !d.hasReaders(check) {
		return
	}
	d.ok("events", "export", "--format", "parquet", "--out", d.path("export"))
	d.ok("events", "export", "--format", "jsonl", "--out", d.path("lines"))
	rows, digest, ballots := d.linesDigest()
	got := object[readers](d.t, e2e.Run(d.t, e2e.Command{Path: "node", Args: []string{filepath.Join(check, "read.mjs"), d.dir}}))
	for name, r := range map[string]struct {
		rows   int64
		digest string
	}{"DuckDB": {got.DuckDB.Rows, got.DuckDB.Digest}, "hyparquet": {got.Hyparquet.Rows, got.Hyparquet.Digest}} {
		if r.rows != rows || r.digest != digest {
			d.t.Errorf("%s reads %d rows, %s; the JSON Lines have %d, %s", name, r.rows, r.digest, rows, digest)
		}
	}
	text := "VARCHAR"
	if diff := cmp.Diff(map[string]string{
		"position": "BIGINT", "recorded_at": "TIMESTAMP WITH TIME ZONE", "type": text, "schema": "INTEGER", "stream": text, "version": "BIGINT",
		"event_id": text, "account_id": text, "voter_id": text, "video_id": text, "owner_id": text, "city": text, "address": text, "data": text,
	}, got.DuckDB.Types); diff != "" {
		d.t.Errorf("DuckDB's types (-want +got):\n%s", diff)
	}
	if at := got.Hyparquet.Types["recorded_at"]; at != "INT64 TIMESTAMP MICROS UTC REQUIRED" {
		d.t.Errorf("recorded_at is %s", at)
	}
	d.answered(got.DuckDB.Answers, rows, ballots)
}

// answered looks at DuckDB's answers: what is in the log, votes per hour, the busiest spans, crowded addresses.
func (d desk) answered(answers [][]map[string]any, rows, ballots int64) {
	d.t.Helper()
	if len(answers) != 4 {
		d.t.Fatalf("%d questions were answered", len(answers))
	}
	for i, c := range []struct {
		column string
		want   int64
	}{{"events", rows}, {"votes", ballots}} {
		var sum int64
		for _, row := range answers[i] {
			var n int64
			if _, err := fmt.Sscan(fmt.Sprint(row[c.column]), &n); err != nil {
				d.t.Fatal(err)
			}
			sum += n
		}
		if sum != c.want {
			d.t.Errorf("answer %d sums up to %d, want %d", i, sum, c.want)
		}
	}
	for i, answer := range answers[2:] {
		if len(answer) == 0 { // the log has planted fraud
			d.t.Errorf("answer %d is empty", i+2)
		}
	}
}

// linesDigest is the digest that read.mjs makes, of the JSON Lines.
func (d desk) linesDigest() (rows int64, digest string, ballots int64) {
	d.t.Helper()
	files, err := filepath.Glob(d.path("lines/day=*/events.jsonl"))
	if err != nil || len(files) == 0 {
		d.t.Fatalf("no files: %v", err)
	}
	sum := sha256.New()
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			d.t.Fatal(err)
		}
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 64<<20)
		for lines.Scan() {
			rows++
			if strings.Contains(lines.Text(), `"type":"ballot.cast"`) {
				ballots++
			}
			fmt.Fprintln(sum, flatLine(d, lines.Bytes()))
		}
		if err := lines.Err(); err != nil {
			d.t.Fatal(err)
		}
		_ = f.Close() // it was only read
	}
	return rows, hex.EncodeToString(sum.Sum(nil)), ballots
}

// flatLine is a line of JSON as a row of the flat table.
func flatLine(d desk, line []byte) string {
	d.t.Helper()
	e := object[struct {
		Position, Schema, Version int64
		At                        time.Time `json:"recorded_at"`
		Type, Stream, ID          string
		Data                      json.RawMessage
		Meta                      struct{ Address string }
	}](d.t, string(line))
	f := object[struct {
		Account string `json:"account_id"`
		Voter   string `json:"voter_id"`
		Video   string `json:"video_id"`
		Owner   string `json:"owner_id"`
		City    string
	}](d.t, string(e.Data))
	data := string(e.Data)
	if e.Type == "ballot.cast" {
		data = ""
	}
	return strings.Join([]string{
		itoa(e.Position), itoa(e.At.UnixMicro()), e.Type, itoa(e.Schema), e.Stream, itoa(e.Version), e.ID,
		f.Account, f.Voter, f.Video, f.Owner, f.City, e.Meta.Address, data,
	}, "\t")
}

// hasReaders says whether the readers are installed; `make test` installs them, and where CI is set they must be there.
func (d desk) hasReaders(dir string) bool {
	d.t.Helper()
	_, err := exec.LookPath("node")
	for _, name := range []string{"node_modules/.package-lock.json", "read.mjs", "../duckdb.sql"} { // a change to them is no cached test
		if err == nil {
			_, err = os.Stat(filepath.Join(dir, filepath.FromSlash(name)))
		}
	}
	if err != nil && os.Getenv("CI") != "" {
		d.t.Fatalf("the readers of Parquet are missing: %v", err)
	}
	if err != nil {
		d.t.Logf("Parquet was not read back, make setup-test installs what reads it: %v", err)
	}
	return err == nil
}
