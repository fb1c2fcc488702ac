package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheBillOfThisProgram(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	origin := filepath.Join(t.TempDir(), "ORIGIN")
	digest := strings.Repeat("ab", 32)
	if err := os.WriteFile(origin, []byte("# head\nffmpeg 7:5.1.6-0 "+digest+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var one, two bytes.Buffer
	if err := run([]string{self, origin}, &one); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{self, origin}, &two); err != nil || one.String() != two.String() {
		t.Errorf("a second time: %v, the same %t", err, one.String() == two.String())
	}
	var d document
	if err := json.Unmarshal(one.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	last := d.Components[len(d.Components)-1]
	if d.Format != "CycloneDX" || d.Components[0].Name != "std" || last.Name != "ffmpeg" || last.Hashes[0].Content != digest {
		t.Errorf("got %s", one.String())
	}
}

func TestTrouble(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	odd := filepath.Join(t.TempDir(), "ORIGIN")
	if err := os.WriteFile(odd, []byte("ffmpeg\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"nothing": {}, "no program": {odd}, "no such file": {self, odd + "x"}, "an odd line": {self, odd}, "too much": {self, odd, odd},
	} {
		if err := run(args, &bytes.Buffer{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
