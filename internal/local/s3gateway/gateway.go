package s3gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"

	"github.com/rising-stars/showcase/internal/local/datadir"
)

// childEnv tells a second copy of the program that it is the gateway, and how.
const childEnv = "SHOWCASE_S3_GATEWAY_CHILD"

const (
	accessFile  = "access.key"
	secretFile  = "secret.key"
	objectsDir  = "objects"
	metadataDir = "metadata" // beside the objects, where the file system has no extended attributes
)

// childOrder is what the second copy must know. The credentials are not in it: an environment is easier
// to look into than a file.
type childOrder struct {
	Dir    string
	Port   int
	Region string
}

func (o childOrder) encode() (string, error) {
	raw, err := json.Marshal(o)
	return string(raw), err
}

// RunIfChild must be the first thing that main (or TestMain) of a program does that starts a gateway. In
// the copy that Start makes of the program it serves and never returns; else it does nothing.
func RunIfChild() {
	childReady.Store(true)
	order := os.Getenv(childEnv)
	if order == "" {
		return
	}
	if err := serve(order); err != nil {
		fmt.Fprintln(os.Stderr, "s3 gateway:", err)
		os.Exit(1) //nolint:forbidigo // this is the main of the gateway's process
	}
	os.Exit(0) //nolint:forbidigo // as above
}

func serve(raw string) error {
	var order childOrder
	if err := json.Unmarshal([]byte(raw), &order); err != nil {
		return fmt.Errorf("read %s: %w", childEnv, err)
	}
	access, errAccess := datadir.Secret(filepath.Join(order.Dir, accessFile))
	secret, errSecret := datadir.Secret(filepath.Join(order.Dir, secretFile))
	if err := errors.Join(errAccess, errSecret); err != nil {
		return err
	}
	backend, err := openBackend(order.Dir)
	if err != nil {
		return err
	}
	//nolint:forbidigo // this is the main of the gateway's process
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // until the process ends: reading cannot be called off
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	return embedgw.RunVersityGW(ctx, backend, &embedgw.Config{
		RootUserAccess:    access,
		RootUserSecret:    secret,
		Region:            order.Region,
		Ports:             []string{"127.0.0.1:" + strconv.Itoa(order.Port)},
		MaxConnections:    maxConnections,
		MaxRequests:       maxRequests,
		MultipartMaxParts: maxParts,
		HealthPath:        healthPath,
		Quiet:             true,
		KeepAlive:         true,
		DisableACLs:       true,
	})
}

func makeDirs(dir string) error {
	for _, name := range []string{objectsDir, metadataDir} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			return fmt.Errorf("make object directory: %w", err)
		}
	}
	return nil
}

// openBackend keeps what S3 knows of an object in extended attributes where the file system has them.
func openBackend(dir string) (*posix.Posix, error) {
	objects, metadata := filepath.Join(dir, objectsDir), filepath.Join(dir, metadataDir)
	opts := posix.PosixOpts{CopyObjectThreshold: maxCopyBytes}
	var store meta.MetadataStorer = meta.XattrMeta{}
	if err := (meta.XattrMeta{}).Test(objects); err != nil {
		opts.SideCarDir = metadata
		sidecar, err := meta.NewSideCar(metadata)
		if err != nil {
			return nil, fmt.Errorf("open metadata: %w", err)
		}
		store = sidecar
	}
	backend, err := posix.New(objects, store, opts)
	if err != nil {
		return nil, fmt.Errorf("open objects: %w", err)
	}
	return backend, nil
}
