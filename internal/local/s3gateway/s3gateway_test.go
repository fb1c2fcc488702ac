package s3gateway

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/rising-stars/showcase/internal/local/child"
	"github.com/rising-stars/showcase/internal/local/datadir"
)

// helperEnv makes the test binary start a gateway in the directory it names and wait to be killed.
const helperEnv = "SHOWCASE_S3_GATEWAY_TEST_PARENT"

func TestMain(m *testing.M) {
	RunIfChild()
	if dir := os.Getenv(helperEnv); dir != "" {
		s, err := Start(context.Background(), Config{Dir: dir})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(s.URL())
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func start(t *testing.T, dir string) *Server {
	t.Helper()
	s, err := Start(t.Context(), Config{Dir: dir})
	ok(t, err)
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func clientOf(s *Server, secret string) *s3.Client {
	return s3.New(s3.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(s.URL()),
		UsePathStyle: true,
		Credentials:  credentials.NewStaticCredentialsProvider(s.AccessKey(), secret, ""),
	})
}

func withBucket(t *testing.T, s *Server) *s3.Client {
	t.Helper()
	c := clientOf(s, s.SecretKey())
	_, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("media")})
	ok(t, err)
	return c
}

func read(t *testing.T, c *s3.Client, key, byteRange string) string {
	t.Helper()
	in := &s3.GetObjectInput{Bucket: aws.String("media"), Key: &key}
	if byteRange != "" {
		in.Range = &byteRange
	}
	out, err := c.GetObject(t.Context(), in)
	ok(t, err)
	defer out.Body.Close()
	body, err := io.ReadAll(out.Body)
	ok(t, err)
	return string(body)
}

func write(t *testing.T, c *s3.Client, key, body string) {
	t.Helper()
	_, err := c.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("media"), Key: &key, Body: strings.NewReader(body), ContentType: aws.String("video/mp4"),
	})
	ok(t, err)
}

func TestObjectsSurviveAStopAndAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, dir)
	write(t, withBucket(t, s), "originals/a b/ñ.mp4", "0123456789")
	_, err := Start(t.Context(), Config{Dir: dir})
	if !errors.Is(err, datadir.ErrInUse) {
		t.Errorf("second start on the directory: %v, want ErrInUse", err)
	}
	ok(t, s.Stop())

	again := start(t, dir)
	if again.SecretKey() != s.SecretKey() || again.AccessKey() == again.SecretKey() {
		t.Error("the credentials changed, or are one and the same")
	}
	c := clientOf(again, again.SecretKey())
	if got := read(t, c, "originals/a b/ñ.mp4", "bytes=2-4"); got != "234" {
		t.Errorf("range = %q, want 234", got)
	}
	head, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("media"), Key: aws.String("originals/a b/ñ.mp4")})
	ok(t, err)
	if *head.ContentLength != 10 || aws.ToString(head.ContentType) != "video/mp4" {
		t.Errorf("length %d, type %s", *head.ContentLength, aws.ToString(head.ContentType))
	}
	ok(t, syscall.Kill(again.child.PID(), syscall.SIGKILL))
	<-again.Done()
	if again.Err() == nil {
		t.Error("the death of the gateway is not reported")
	}
}

func TestWrongSignaturesAreRefused(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir())
	write(t, withBucket(t, s), "secret", "x")
	_, err := clientOf(s, "wrong").GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("media"), Key: aws.String("secret")})
	var refusal smithy.APIError
	if !errors.As(err, &refusal) || refusal.ErrorCode() != "SignatureDoesNotMatch" {
		t.Errorf("wrong secret: %v", err)
	}
	if got := status(t, http.MethodGet, s.URL()+"/media/secret", ""); got != http.StatusForbidden {
		t.Errorf("no signature at all: %d", got)
	}
}

func TestPresignedURLs(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir())
	c := withBucket(t, s)
	presign := s3.NewPresignClient(c)
	put, err := presign.PresignPutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("media"), Key: aws.String("up"), ContentLength: aws.Int64(5),
	})
	ok(t, err)
	if got := status(t, http.MethodPut, put.URL, "too long"); got == http.StatusOK {
		t.Error("a body of another length than the signed one was taken")
	}
	if got := status(t, http.MethodPut, put.URL, "hello"); got != http.StatusOK {
		t.Fatalf("PUT: %d", got)
	}
	get, err := presign.PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("media"), Key: aws.String("up")})
	ok(t, err)
	if got := status(t, http.MethodGet, get.URL, ""); got != http.StatusOK {
		t.Errorf("GET: %d", got)
	}
	forged := strings.Replace(get.URL, "/media/up?", "/media/other?", 1)
	if got := status(t, http.MethodGet, forged, ""); got != http.StatusForbidden {
		t.Errorf("GET of another key with the same signature: %d", got)
	}
	if got := status(t, http.MethodPut, get.URL, "hello"); got != http.StatusForbidden {
		t.Errorf("PUT with a signature for GET: %d", got)
	}
	expired, err := presign.PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("media"), Key: aws.String("up")},
		s3.WithPresignExpires(time.Second))
	ok(t, err)
	deadline := time.After(30 * time.Second)
	for tick := time.Tick(200 * time.Millisecond); status(t, http.MethodGet, expired.URL, "") != http.StatusForbidden; {
		select {
		case <-tick:
		case <-deadline:
			t.Fatal("an expired URL still works")
		}
	}
}

func status(t *testing.T, method, url, body string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	ok(t, err)
	res, err := http.DefaultClient.Do(req)
	ok(t, err)
	defer res.Body.Close()
	return res.StatusCode
}

func TestMultipartUploadAndCopy(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir())
	c := withBucket(t, s)
	bucket, key := aws.String("media"), aws.String("big")
	up, err := c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: bucket, Key: key})
	ok(t, err)
	parts := [][]byte{bytes.Repeat([]byte("a"), 5<<20), []byte("end")}
	var done []types.CompletedPart
	for i, part := range parts {
		n := aws.Int32(int32(i + 1))
		out, err := c.UploadPart(t.Context(), &s3.UploadPartInput{
			Bucket: bucket, Key: key, UploadId: up.UploadId, PartNumber: n, Body: bytes.NewReader(part),
		})
		ok(t, err)
		done = append(done, types.CompletedPart{ETag: out.ETag, PartNumber: n})
	}
	_, err = c.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
		Bucket: bucket, Key: key, UploadId: up.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: done},
	})
	ok(t, err)
	_, err = c.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: bucket, Key: aws.String("copy"), CopySource: aws.String("media/big")})
	ok(t, err)
	if got := read(t, c, "copy", "bytes=-4"); got != "aend" {
		t.Errorf("the end of the copy is %q", got)
	}
}

func TestTheGatewayDiesWithItsParent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), helperEnv+"="+dir)
	_, err := parent.StdinPipe()
	ok(t, err)
	out, err := parent.StdoutPipe()
	ok(t, err)
	ok(t, parent.Start())
	url, err := bufio.NewReader(out).ReadString('\n')
	ok(t, err)
	url = strings.TrimSpace(url) + healthPath
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	ok(t, ping(t.Context(), client, url))

	ok(t, parent.Process.Kill())
	_ = parent.Wait()
	deadline := time.After(30 * time.Second)
	for tick := time.Tick(20 * time.Millisecond); ping(t.Context(), client, url) == nil; {
		select {
		case <-tick:
		case <-deadline:
			t.Fatal("the gateway outlives its parent")
		}
	}
	start(t, dir)
}

func TestAPortThatIsTakenIsNamed(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	defer l.Close()
	if _, err := Start(t.Context(), Config{Dir: t.TempDir(), Port: portOf(t, l)}); !child.PortTaken(err) {
		t.Errorf("got %v", err)
	}
}

func TestStartNeedsRunIfChild(t *testing.T) { //nolint:paralleltest // changes what all share
	childReady.Store(false)
	defer childReady.Store(true)
	if _, err := Start(t.Context(), Config{Dir: t.TempDir()}); !errors.Is(err, ErrNotChildReady) {
		t.Errorf("%v, want ErrNotChildReady", err)
	}
}

func portOf(t *testing.T, l net.Listener) int {
	t.Helper()
	addr, is := l.Addr().(*net.TCPAddr)
	if !is {
		t.Fatalf("listens on %v", l.Addr())
	}
	return addr.Port
}
