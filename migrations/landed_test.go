package migrations_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"io/fs"
	"strings"
	"testing"

	"github.com/rising-stars/showcase/migrations"
)

//go:embed testdata/landed.sha256
var landed []byte

// TestLandedMigrationsStayAsTheyAre finds a change to a migration that databases out there have applied: they would never
// see it, and new ones would differ from them.
func TestLandedMigrationsStayAsTheyAre(t *testing.T) {
	t.Parallel()
	sums := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(landed)); lines.Scan(); {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		if !ok {
			t.Fatalf("not a line of sha256sum: %q", lines.Text())
		}
		sums[name] = sum
	}
	files, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := fs.ReadFile(migrations.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		hash := sha256.Sum256(text)
		sum := hex.EncodeToString(hash[:])
		switch was, listed := sums[name]; {
		case !listed:
			t.Errorf("%s is new; when it is ready to land add the line\n%s  %s\nto testdata/landed.sha256", name, sum, name)
		case was != sum:
			t.Errorf("%s was changed after it had landed; write a new migration instead", name)
		}
		delete(sums, name)
	}
	for name := range sums {
		t.Errorf("%s has landed and is gone", name)
	}
}
