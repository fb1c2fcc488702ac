package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func play(args ...string) (string, error) {
	var out strings.Builder
	err := run(append([]string{"-deploy", ".."}, args...), &out)
	return out.String(), err
}

func TestATableAndAPicture(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	out, err := play("-profile", "deadline", "-seeds", "2", "-bands", "-svg", folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"deadline     1   936", "deadline     2   936", "slowness of the processor"} {
		if !strings.Contains(out, want) {
			t.Errorf("the output does not hold %q:\n%s", want, out)
		}
	}
	f, err := os.Open(filepath.Join(folder, "deadline.svg"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	circles := 0
	for d := xml.NewDecoder(f); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "circle" {
			circles++
		}
	}
	if circles != 936 {
		t.Errorf("%d jobs are drawn, want 936", circles)
	}
}

func TestAMissedObjectiveIsAnError(t *testing.T) {
	t.Parallel()
	out, err := play("-profile", "deadline", "-seeds", "1", "-target", "60")
	if !errors.Is(err, errMissed) || !strings.Contains(out, "missed: deadline, seed 1: p95") {
		t.Errorf("error %v, output:\n%s", err, out)
	}
}

func TestBadArguments(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-profile", "nowhere"}, {"-size", "huge"}, {"-seeds", "0"}, {"-seeds", "many"}} {
		if _, err := play(args...); err == nil {
			t.Errorf("%v was taken", args)
		}
	}
}
