package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"text/template"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/fault"
)

// contestTemplate is the file that a first start writes for the operator to edit.
//
//go:embed contest.yaml.tmpl
var contestTemplate string

// contestLength is how long the contest of a fresh file stays open.
const contestLength = 30 * 24 * time.Hour

// contestFile is the operator's file, with its names.
type contestFile struct {
	Name             string    `yaml:"name"`
	Cities           []string  `yaml:"cities"`
	OpensAt          time.Time `yaml:"opens_at"`
	ClosesAt         time.Time `yaml:"closes_at"`
	VoteGoal         int       `yaml:"vote_goal"`
	FinalistsPerCity int       `yaml:"finalists_per_city"`
}

// EnsureContestFile writes a contest that opens today into a file that does not exist yet. It is written under another
// name first, so that a killed start leaves all of it or none.
func EnsureContestFile(path string, now time.Time) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644) //nolint:gosec // the operator's own file, meant to be read
	if err != nil {
		return fmt.Errorf("write contest file: %w", err)
	}
	opens := now.UTC().Truncate(24 * time.Hour)
	t := template.Must(template.New("contest").Parse(contestTemplate))
	err = t.Execute(f, map[string]string{
		"OpensAt":  opens.Format(time.RFC3339),
		"ClosesAt": opens.Add(contestLength).Format(time.RFC3339),
	})
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return fmt.Errorf("write contest file: %w", err)
	}
	return nil
}

// readContestFile reads the operator's file, and its SHA-256 in hex. An unknown name or a wrong type is an error with
// its line.
func readContestFile(path string) (settings events.ContestSettings, digest string, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return settings, "", fmt.Errorf("read contest file: %w", err)
	}
	var f contestFile
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return settings, "", fmt.Errorf("read contest file %s: %w", path, err)
	}
	sum := sha256.Sum256(b)
	return events.ContestSettings{
		Name: f.Name, Cities: f.Cities, OpensAt: f.OpensAt.UTC(), ClosesAt: f.ClosesAt.UTC(),
		VoteGoal: f.VoteGoal, FinalistsPerCity: f.FinalistsPerCity,
	}, hex.EncodeToString(sum[:]), nil
}

// ApplyContestFile sets the contest as the configured file says, when it has changed since it was last applied. Without
// a file nothing happens. It works while Run runs.
func (a *App) ApplyContestFile(ctx context.Context) error {
	if a.ContestFile == "" {
		return nil
	}
	settings, digest, err := readContestFile(a.ContestFile)
	if err != nil {
		return err
	}
	err = a.Commands.ApplyContestFile(ctx, settings, digest)
	if refused, ok := errors.AsType[*fault.Fault](err); ok {
		for _, f := range refused.Fields {
			err = errors.Join(err, fmt.Errorf("%s: %s", f.Name, f.EN))
		}
	}
	if err != nil {
		return fmt.Errorf("apply contest file %s: %w", a.ContestFile, err)
	}
	return nil
}
