package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// secrets are what a deployment gets from its environment. Here they are made at the first start and kept beside the
// data that they protect: whoever reads the directory may read everything in it.
type secrets struct {
	MasterKey string `json:"master_key"` // 32 bytes in base64
	JWTKeys   string `json:"jwt_keys"`   // kid:base64
}

// loadSecrets reads the secrets of a data directory, or makes them.
func loadSecrets(dir string) (secrets, error) {
	path := filepath.Join(dir, "secrets.json")
	var s secrets
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return makeSecrets(path)
	case err != nil:
		return s, fmt.Errorf("read secrets: %w", err)
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, fmt.Errorf("read secrets %s: %w", path, err)
	}
	return s, nil
}

// makeSecrets writes new secrets under another name first, so that a killed start leaves all of them or none.
func makeSecrets(path string) (secrets, error) {
	s := secrets{MasterKey: random32(), JWTKeys: "local:" + random32()}
	b, err := json.Marshal(s) //nolint:gosec // this file is where they are kept
	if err != nil {
		return s, err
	}
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return s, fmt.Errorf("write secrets: %w", err)
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return s, fmt.Errorf("write secrets: %w", err)
	}
	return s, nil
}

func random32() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.StdEncoding.EncodeToString(b)
}
