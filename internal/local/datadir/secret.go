package datadir

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// Secret returns the secret kept in path (0600), making a random one of 130 bits in base32 when there
// is none. The file appears whole or not at all, so that a killed start leaves no half secret.
func Secret(path string) (string, error) {
	raw, err := os.ReadFile(path)
	switch secret := strings.TrimSpace(string(raw)); {
	case err == nil && secret != "":
		return secret, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("read secret: %w", err)
	}
	secret := rand.Text()
	if err := WriteWhole(path, []byte(secret+"\n")); err != nil {
		return "", fmt.Errorf("write secret: %w", err)
	}
	return secret, nil
}

// WriteWhole writes a 0600 file that is on disk, complete, before it has its name.
func WriteWhole(path string, data []byte) error {
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(tmp, path)
}
