// Package artwork holds the pictures of the ANB Rising Stars Showcase: the logo and what lies behind it in the bumpers,
// the watermark, and the ball of the sample clips.
//
// The SVG files are the source; the PNG files are made from them by go generate and are embedded, so that a worker needs
// no SVG renderer and no font. Nothing here moves: the bumpers are rendered from these by package media.
// An operator replaces pictures with files of the same name in a directory (see Load).
package artwork

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
)

// rsvg-convert is in Debian's librsvg2-bin and in Homebrew's librsvg.
//go:generate rsvg-convert --width 760 --output logo.png logo.svg
//go:generate rsvg-convert --width 220 --output watermark.png watermark.svg
//go:generate rsvg-convert --width 240 --output ball.png ball.svg
//go:generate rsvg-convert --width 1280 --output background.png background.svg

//go:embed logo.png watermark.png background.png ball.png
var ours embed.FS

// Limits of what an operator brings.
const (
	maxBytes  = 16 << 20 // of a file
	maxWidth  = 1280     // pixels of a picture
	maxHeight = 720      // pixels of a picture
)

// Set is what a pipeline shows besides the player's clip.
type Set struct {
	Logo       []byte // PNG in the middle of the bumpers
	Background []byte // PNG behind the logo
	Watermark  []byte // PNG in the upper right corner of the clip, as large as it is
	Opening    []byte // MP4 in place of the opening bumper that is made from the logo; nil when there is none
	Closing    []byte // the same for the closing bumper
}

// Load is our set, with the files that dir has in place of ours: logo.png, background.png, watermark.png, opening.mp4,
// closing.mp4. An empty dir is ours alone. A picture that is no PNG or larger than 1280×720, and any file above 16 MiB,
// is an error that names it. Of a bumper the first 2.5 seconds are shown, without its sound.
func Load(dir string) (Set, error) {
	var set Set
	for name, into := range map[string]*[]byte{"opening.mp4": &set.Opening, "closing.mp4": &set.Closing} {
		content, err := theirs(dir, name)
		if err != nil {
			return Set{}, err
		}
		*into = content
	}
	for name, into := range map[string]*[]byte{
		"logo.png":       &set.Logo,
		"background.png": &set.Background,
		"watermark.png":  &set.Watermark,
	} {
		content, err := picture(dir, name)
		if err != nil {
			return Set{}, err
		}
		*into = content
	}
	return set, nil
}

// picture is the operator's, else ours.
func picture(dir, name string) ([]byte, error) {
	content, err := theirs(dir, name)
	if err != nil {
		return nil, err
	}
	if content == nil {
		return ours.ReadFile(name)
	}
	config, err := png.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("artwork %s: %w", name, err)
	}
	if config.Width > maxWidth || config.Height > maxHeight {
		return nil, fmt.Errorf("artwork %s: %d×%d is larger than %d×%d", name, config.Width, config.Height, maxWidth, maxHeight)
	}
	return content, nil
}

// theirs is a file of the operator's directory, nil when there is none.
func theirs(dir, name string) ([]byte, error) {
	if dir == "" {
		return nil, nil
	}
	path := filepath.Join(dir, name)
	stat, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("look for artwork: %w", err)
	case stat.Size() > maxBytes:
		return nil, fmt.Errorf("artwork %s: larger than %d bytes", name, maxBytes)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read artwork: %w", err)
	}
	return content, nil
}

// Digest tells sets apart.
func (s Set) Digest() [sha256.Size]byte {
	sum := sha256.New()
	for _, content := range [][]byte{s.Logo, s.Background, s.Watermark, s.Opening, s.Closing} {
		one := sha256.Sum256(content)
		sum.Write(one[:])
	}
	return [sha256.Size]byte(sum.Sum(nil))
}

// Ball is the ball of the sample clips.
func Ball() []byte {
	content, err := ours.ReadFile("ball.png")
	if err != nil {
		panic("artwork: ball.png is not embedded") // it is, or this would not have been built
	}
	return content
}
