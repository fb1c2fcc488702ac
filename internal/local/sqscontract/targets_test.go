package sqscontract

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/rising-stars/showcase/internal/awshttp"
	"github.com/rising-stars/showcase/internal/local/loopsqs"
)

// Names of the servers that the suite can run against.
const (
	ours   = "loopsqs"
	moto   = "moto"
	amazon = "aws"
)

const targetEnv = "SHOWCASE_TEST_SQS"

// target is one server and the configuration to reach it.
type target struct {
	name string
	cfg  aws.Config
}

var targets []target

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "sqscontract:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "sqscontract-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	server, err := loopsqs.Start(ctx, loopsqs.Config{Dir: dir, Now: time.Now, NoSync: true})
	if err != nil {
		return 0, err
	}
	defer server.Close(ctx)
	targets = append(targets, target{ours, localConfig(server.URL())})

	if bin, err := exec.LookPath("moto_server"); err == nil {
		url, stop, err := startMoto(ctx, bin)
		if err != nil {
			return 0, fmt.Errorf("moto_server is on the PATH and does not start: %w", err)
		}
		defer stop()
		targets = append(targets, target{moto, localConfig(url)})
	}
	if os.Getenv(targetEnv) == amazon {
		cfg, err := config.LoadDefaultConfig(ctx)
		if err != nil {
			return 0, err
		}
		targets = append(targets, target{amazon, cfg})
	}
	return m.Run(), nil
}

func localConfig(url string) aws.Config {
	return aws.Config{
		HTTPClient:   awshttp.NewClient(0, 0),
		Region:       "us-east-1",
		BaseEndpoint: aws.String(url),
		Credentials:  credentials.NewStaticCredentialsProvider("local", "local", ""),
	}
}

// startMoto runs the server in a process group of its own, since what is on the PATH may be a wrapper.
func startMoto(ctx context.Context, bin string) (url string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	addr := l.Addr().String()
	_ = l.Close()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", nil, err
	}
	cmd := exec.Command(bin, "-H", host, "-p", port)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/moto-api/", http.NoBody)
		if err != nil {
			stop()
			return "", nil, err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			_ = res.Body.Close()
			return "http://" + addr, stop, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			stop()
			return "", nil, ctx.Err()
		}
	}
}

// server is what a test of the suite works with: one target, and queues of its own.
type server struct {
	*testing.T
	target
	sqs *sqs.Client
}

// each runs a test against every target that is there.
func each(t *testing.T, test func(s *server)) {
	t.Helper()
	t.Parallel()
	for _, target := range targets {
		t.Run(target.name, func(t *testing.T) {
			t.Parallel()
			test(&server{T: t, target: target, sqs: sqs.NewFromConfig(target.cfg)})
		})
	}
}

// exceptMoto skips the rest of a test in which moto is known to differ.
func (s *server) exceptMoto(how string) {
	s.Helper()
	if s.name == moto {
		s.Skipf("moto differs from SQS: %s", how)
	}
}

var (
	names   atomic.Int64
	started = time.Now().UnixNano()
)

// queueName is unique over runs, since a deleted name may not be used again at once.
func (s *server) queueName() string {
	base := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, s.Name())
	return fmt.Sprintf("contract-%.30s-%x-%d", base, started, names.Add(1))
}

// queue makes a queue that is deleted after the test.
func (s *server) queue(attributes map[string]string) (url string) {
	s.Helper()
	out, err := s.sqs.CreateQueue(s.Context(), &sqs.CreateQueueInput{
		QueueName: aws.String(s.queueName()), Attributes: attributes,
	})
	s.ok(err)
	s.deleteAfter(*out.QueueUrl)
	return *out.QueueUrl
}

func (s *server) deleteAfter(url string) {
	ctx := context.WithoutCancel(s.Context())
	s.Cleanup(func() {
		_, _ = s.sqs.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &url})
	})
}

func (s *server) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}
