package artwork_test

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rising-stars/showcase/internal/media/artwork"
)

func TestOurArtworkIsComplete(t *testing.T) {
	t.Parallel()
	set, err := artwork.Load("")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		content       []byte
		width, height int
	}{
		"logo":       {set.Logo, 760, 524},
		"background": {set.Background, 1280, 720},
		"watermark":  {set.Watermark, 220, 59},
		"ball":       {artwork.Ball(), 240, 240},
	} {
		config, err := png.DecodeConfig(bytes.NewReader(test.content))
		if err != nil || config.Width != test.width || config.Height != test.height {
			t.Errorf("%s: %d×%d, %v; want %d×%d", name, config.Width, config.Height, err, test.width, test.height)
		}
	}
	if set.Opening != nil || set.Closing != nil {
		t.Error("our bumpers are made from the logo")
	}
}

func TestAnOperatorReplacesOnePicture(t *testing.T) {
	t.Parallel()
	ours, _ := artwork.Load("")
	dir := t.TempDir()
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewNRGBA(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "watermark.png", picture.Bytes())
	set, err := artwork.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(set.Watermark, picture.Bytes()) || !bytes.Equal(set.Logo, ours.Logo) {
		t.Error("want their watermark and our logo")
	}
	if set.Digest() == ours.Digest() {
		t.Error("another set has the same digest")
	}
}

func TestLoadRefusesWhatIsNoPicture(t *testing.T) {
	t.Parallel()
	var wide bytes.Buffer
	if err := png.Encode(&wide, image.NewGray(image.Rect(0, 0, 2000, 10))); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"text": []byte("hello"), "wide": wide.Bytes(), "heavy": make([]byte, 17<<20)} {
		dir := t.TempDir()
		write(t, dir, "logo.png", content)
		if _, err := artwork.Load(dir); err == nil || !strings.Contains(err.Error(), "logo.png") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func write(t *testing.T, dir, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
		t.Fatal(err)
	}
}
