package rdstest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// Front is the stand-in. Change its logins with Let.
type Front struct {
	Endpoint string // host:port
	CA       string // path of the authorities' bundle

	t        testing.TB
	now      func() time.Time
	behind   string // URL of the PostgreSQL behind it, with a password that clients never see
	tls      *tls.Config
	listener net.Listener
	running  sync.WaitGroup

	mu      sync.Mutex
	logins  map[string]Login
	tokens  []string
	refused []error
}

// NewFront starts a front before a PostgreSQL; it ends with the test. Whoever comes in is the login of that URL.
func NewFront(t testing.TB, behind string, now func() time.Time) *Front {
	t.Helper()
	var lc net.ListenConfig
	listener, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &Front{Endpoint: listener.Addr().String(), t: t, now: now, behind: behind, listener: listener, logins: map[string]Login{}}
	f.certify()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	f.running.Go(func() { f.accept(ctx) })
	t.Cleanup(func() {
		listener.Close()
		cancel()
		f.running.Wait()
	})
	return f
}

// Let lets a login in with a key of one region.
func (f *Front) Let(user, region, accessKey, secret string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.logins[user] = Login{Endpoint: f.Endpoint, Region: region, User: user, Keys: map[string]string{accessKey: secret}}
}

// Seen are the tokens that let somebody in, and why others did not.
func (f *Front) Seen() (tokens []string, refused []error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.tokens...), append([]error(nil), f.refused...)
}

// certify makes an authority, and with it a certificate for loopback.
func (f *Front) certify() {
	f.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a database"}, NotBefore: f.now().Add(-time.Hour),
		NotAfter: f.now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		f.t.Fatal(err)
	}
	f.CA = filepath.Join(f.t.TempDir(), "rds-ca.pem")
	if err := os.WriteFile(f.CA, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		f.t.Fatal(err)
	}
	f.tls = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
}

func (f *Front) accept(ctx context.Context) {
	for {
		conn, err := f.listener.Accept()
		if err != nil {
			return // closed with the test
		}
		f.running.Go(func() {
			defer conn.Close()
			stop := context.AfterFunc(ctx, func() { conn.Close() })
			defer stop()
			f.serve(ctx, conn)
		})
	}
}

// serve takes one client: TLS or nothing, then the token, then PostgreSQL's own words both ways.
func (f *Front) serve(ctx context.Context, plain net.Conn) {
	first := pgproto3.NewBackend(plain, plain)
	asked, err := first.ReceiveStartupMessage()
	if err != nil {
		return
	}
	if _, encrypted := asked.(*pgproto3.SSLRequest); !encrypted {
		return
	}
	if _, err := plain.Write([]byte("S")); err != nil {
		return
	}
	conn := tls.Server(plain, f.tls)
	client := pgproto3.NewBackend(conn, conn)
	asked, err = client.ReceiveStartupMessage()
	if err != nil {
		return
	}
	startup, ok := asked.(*pgproto3.StartupMessage)
	if !ok || !f.admit(client, startup.Parameters["user"]) {
		return
	}
	f.pass(ctx, conn, client, startup)
}

// admit asks for a password and checks that it is a token.
func (f *Front) admit(client *pgproto3.Backend, user string) bool {
	client.Send(&pgproto3.AuthenticationCleartextPassword{})
	if client.Flush() != nil || client.SetAuthType(pgproto3.AuthTypeCleartextPassword) != nil {
		return false
	}
	answer, err := client.Receive()
	password, ok := answer.(*pgproto3.PasswordMessage)
	if err != nil || !ok {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	login, known := f.logins[user]
	if err = ErrKey; known {
		err = login.Check(password.Password, f.now())
	}
	if err != nil {
		f.refused = append(f.refused, err)
		client.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "28000", Message: "PAM authentication failed for user"})
		_ = client.Flush() // it may have gone
		return false
	}
	f.tokens = append(f.tokens, password.Password)
	client.Send(&pgproto3.AuthenticationOk{})
	return true
}

// pass connects to the PostgreSQL behind, with the client's settings, and lets both talk.
func (f *Front) pass(ctx context.Context, conn net.Conn, client *pgproto3.Backend, startup *pgproto3.StartupMessage) {
	cfg, err := pgconn.ParseConfig(f.behind)
	if err != nil {
		return
	}
	for name, value := range startup.Parameters {
		if name != "user" && name != "database" {
			cfg.RuntimeParams[name] = value
		}
	}
	server, err := pgconn.ConnectConfig(ctx, cfg)
	if err != nil {
		return
	}
	if server.SyncConn(ctx) != nil { // else a read that pgx began in the background may take an answer away
		return
	}
	taken, err := server.Hijack()
	if err != nil {
		return
	}
	defer taken.Conn.Close()
	stop := context.AfterFunc(ctx, func() { taken.Conn.Close() })
	defer stop()
	for name, value := range taken.ParameterStatuses {
		client.Send(&pgproto3.ParameterStatus{Name: name, Value: value})
	}
	client.Send(&pgproto3.BackendKeyData{ProcessID: taken.PID, SecretKey: taken.SecretKey})
	client.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	if client.Flush() != nil {
		return
	}
	var answers sync.WaitGroup
	answers.Go(func() {
		_, _ = io.Copy(conn, taken.Conn) // until one of them goes
		conn.Close()
	})
	_, _ = io.Copy(taken.Conn, conn) // until one of them goes
	taken.Conn.Close()
	answers.Wait()
}
