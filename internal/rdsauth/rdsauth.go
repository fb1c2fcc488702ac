// Package rdsauth logs in to RDS by role of IAM: instead of a password each new connection gets a token, which is a request
// to connect that the role's credentials have signed. RDS takes a token for fifteen minutes; a connection that was made with
// it lives on.
//
// Signing asks nobody, unless the credentials themselves are due. A token is as good as a password for as long as it holds,
// so the package refuses any way on which a stranger could read it: TLS is required, against a bundle of authorities that
// the address names, and with the server's own name. It must not log a token, nor put one into an error.
package rdsauth

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/rds/auth"
	"github.com/jackc/pgx/v5"
)

// Refusals of an address.
var (
	ErrPlain    = errors.New("DATABASE_AUTH=rds-iam needs sslmode=verify-full and sslrootcert with RDS's authorities in DATABASE_URL")
	ErrPassword = errors.New("DATABASE_AUTH=rds-iam and a password in DATABASE_URL exclude each other")
	ErrRegion   = errors.New("DATABASE_AUTH=rds-iam needs AWS_REGION")
)

// Config says whose role it is. Both fields are required.
type Config struct {
	Region      string
	Credentials aws.CredentialsProvider
}

// Tokens signs a token for each connection.
type Tokens struct{ cfg Config }

// New makes Tokens for the address that a pool will connect to, or refuses the address.
func New(cfg Config, address *pgx.ConnConfig) (*Tokens, error) {
	switch {
	case cfg.Region == "":
		return nil, ErrRegion
	case address.Password != "":
		return nil, ErrPassword
	case !verified(address.TLSConfig):
		return nil, ErrPlain
	}
	for _, other := range address.Fallbacks {
		if !verified(other.TLSConfig) {
			return nil, ErrPlain
		}
	}
	return &Tokens{cfg}, nil
}

// verified holds when a connection is encrypted, and to nobody but the server of that name by a named authority.
func verified(c *tls.Config) bool {
	return c != nil && !c.InsecureSkipVerify && c.ServerName != "" && c.RootCAs != nil
}

// BeforeConnect is pgx's hook of that name: it sets the password of one connection that is about to be made.
func (t *Tokens) BeforeConnect(ctx context.Context, c *pgx.ConnConfig) error {
	endpoint := net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port)))
	token, err := auth.BuildAuthToken(ctx, endpoint, t.cfg.Region, c.User, t.cfg.Credentials)
	if err != nil {
		return fmt.Errorf("sign the login of %s: %w", c.User, err)
	}
	c.Password = token
	return nil
}
