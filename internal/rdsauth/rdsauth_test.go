package rdsauth_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/internal/pgtest"
	"github.com/rising-stars/showcase/internal/rdsauth"
	"github.com/rising-stars/showcase/internal/rdsauth/rdstest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const region = "eu-south-2"

// role is a role of IAM whose credentials may change, as those of an instance do.
type role struct {
	now   atomic.Pointer[aws.Credentials]
	asked atomic.Int32
}

func newRole(key, secret string) *role {
	r := &role{}
	r.now.Store(&aws.Credentials{AccessKeyID: key, SecretAccessKey: secret, SessionToken: "a/session+token=="})
	return r
}

// Retrieve is part of aws.CredentialsProvider.
func (r *role) Retrieve(context.Context) (aws.Credentials, error) {
	r.asked.Add(1)
	c := r.now.Load()
	if c == nil {
		return aws.Credentials{}, errors.New("no credentials")
	}
	return *c, nil
}

func address(f *rdstest.Front) string {
	return "postgres://showcase_web@" + f.Endpoint + "/showcase?sslmode=verify-full&sslrootcert=" + url.QueryEscape(f.CA)
}

// open is a pool that signs; its address is one that New takes.
func open(t *testing.T, f *rdstest.Front, r *role) *pgxpool.Pool {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(address(f))
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := rdsauth.New(rdsauth.Config{Region: region, Credentials: r}, cfg.ConnConfig)
	if err != nil {
		t.Fatal(err)
	}
	cfg.BeforeConnect = tokens.BeforeConnect
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func one(ctx context.Context, pool *pgxpool.Pool) error {
	var n int
	return pool.QueryRow(ctx, "SELECT count(*) FROM events").Scan(&n)
}

func TestEachConnectionHasATokenOfItsOwn(t *testing.T) {
	t.Parallel()
	front := rdstest.NewFront(t, pgtest.New(t).AppURL, time.Now)
	front.Let("showcase_web", region, "AKIA1", "first/secret")
	r := newRole("AKIA1", "first/secret")
	pool := open(t, front, r)
	if err := one(t.Context(), pool); err != nil {
		t.Fatal(err)
	}
	if err := one(t.Context(), pool); err != nil { // the same connection
		t.Fatal(err)
	}
	if tokens, refused := front.Seen(); len(tokens) != 1 || len(refused) != 0 {
		t.Errorf("%d tokens for one connection; refused %v", len(tokens), refused)
	}
	// The instance's credentials are replaced: old ones are worth nothing, and the next connection uses the new.
	front.Let("showcase_web", region, "AKIA2", "second/secret")
	r.now.Store(&aws.Credentials{AccessKeyID: "AKIA2", SecretAccessKey: "second/secret"})
	pool.Reset()
	if err := one(t.Context(), pool); err != nil {
		t.Fatal(err)
	}
	tokens, refused := front.Seen()
	if len(tokens) != 2 || len(refused) != 0 || !strings.Contains(tokens[1], "AKIA2") {
		t.Errorf("tokens %v, refused %v", tokens, refused)
	}
}

func TestOthersAreNotLetIn(t *testing.T) {
	t.Parallel()
	front := rdstest.NewFront(t, pgtest.New(t).AppURL, time.Now)
	front.Let("showcase_web", region, "AKIA1", "secret")
	for name, test := range map[string]struct {
		r    *role
		want error
	}{
		"wrong secret": {newRole("AKIA1", "another"), rdstest.ErrSignature},
		"unknown key":  {newRole("AKIA9", "secret"), rdstest.ErrKey},
	} {
		err := one(t.Context(), open(t, front, test.r))
		if err == nil {
			t.Errorf("%s: came in", name)
			continue
		}
		if strings.Contains(err.Error(), "X-Amz-Signature") {
			t.Errorf("%s: the token is in the error: %v", name, err)
		}
		if _, refused := front.Seen(); !errors.Is(refused[len(refused)-1], test.want) {
			t.Errorf("%s: refused with %v, want %v", name, refused[len(refused)-1], test.want)
		}
	}
	r := newRole("AKIA1", "secret")
	pool := open(t, front, r)
	r.now.Store(nil)
	if err := one(t.Context(), pool); err == nil || !strings.Contains(err.Error(), "no credentials") {
		t.Errorf("without credentials: %v", err)
	}
}

func TestOnlyACheckedServerSeesAToken(t *testing.T) {
	t.Parallel()
	front := rdstest.NewFront(t, "", time.Now)
	good := rdsauth.Config{Region: region, Credentials: newRole("k", "s")}
	base := "postgres://showcase_web@db.example:5432/showcase"
	root := "&sslrootcert=" + url.QueryEscape(front.CA)
	for name, test := range map[string]struct {
		cfg     rdsauth.Config
		address string
		want    error
	}{
		"as hosts have it":        {good, base + "?sslmode=verify-full" + root, nil},
		"no TLS":                  {good, base + "?sslmode=disable", rdsauth.ErrPlain},
		"TLS if the server likes": {good, base + "?sslmode=prefer", rdsauth.ErrPlain},
		"plain first":             {good, base + "?sslmode=allow", rdsauth.ErrPlain},
		"anybody's certificate":   {good, base + "?sslmode=require", rdsauth.ErrPlain},
		"another's name":          {good, base + "?sslmode=verify-ca" + root, rdsauth.ErrPlain},
		"any authority":           {good, base + "?sslmode=verify-full", rdsauth.ErrPlain},
		"a password as well":      {good, "postgres://u:p@db.example/x?sslmode=verify-full" + root, rdsauth.ErrPassword},
		"no region":               {rdsauth.Config{Credentials: newRole("k", "s")}, base + "?sslmode=verify-full" + root, rdsauth.ErrRegion},
	} {
		cfg, err := pgx.ParseConfig(test.address)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := rdsauth.New(test.cfg, cfg); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}
