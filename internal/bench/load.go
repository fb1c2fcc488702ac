package bench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	answerTime = 30 * time.Second // longest wait for one answer
	lineBytes  = 8 << 10
)

// load is what a run of requests measured.
type load struct {
	requests int
	refused  int // answers other than 200
	elapsed  time.Duration
	times    []time.Duration // per request, sorted

	onAnswer func(at time.Time) // told of each answer; may be nil
}

func (l load) perSecond() float64 { return float64(l.requests-l.refused) / l.elapsed.Seconds() }

func (l load) percentile(p float64) time.Duration {
	if len(l.times) == 0 {
		return 0
	}
	return l.times[min(len(l.times)-1, int(p*float64(len(l.times))))]
}

// drive sends requests over a number of connections, each waiting for its answer before the next, until next is done.
// The client is as small as HTTP/1.1 allows, since it shares the cores with what it measures. next gives the bytes of
// the i-th request, appended to the buffer, or false at the end.
func drive(ctx context.Context, addr string, connections int, next func(i int, buf []byte) ([]byte, bool)) (load, error) {
	var counter atomic.Int64
	parts := make([]load, connections)
	g, ctx := errgroup.WithContext(ctx)
	began := time.Now()
	for c := range connections {
		g.Go(func() error {
			return driveOne(ctx, addr, func(buf []byte) ([]byte, bool) {
				return next(int(counter.Add(1)-1), buf)
			}, &parts[c])
		})
	}
	err := g.Wait()
	all := load{elapsed: time.Since(began)}
	for _, p := range parts {
		all.requests += p.requests
		all.refused += p.refused
		all.times = append(all.times, p.times...)
	}
	slices.Sort(all.times)
	return all, err
}

func driveOne(ctx context.Context, addr string, next func([]byte) ([]byte, bool), out *load) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	r := bufio.NewReaderSize(conn, lineBytes)
	buf := make([]byte, 0, lineBytes)
	for ctx.Err() == nil {
		request, more := next(buf[:0])
		if !more {
			return nil
		}
		began := time.Now()
		if err := conn.SetDeadline(began.Add(answerTime)); err != nil {
			return err
		}
		if _, err := conn.Write(request); err != nil {
			return err
		}
		status, err := readAnswer(r)
		if err != nil {
			return err
		}
		out.requests++
		if status != 200 {
			out.refused++
		}
		now := time.Now()
		out.times = append(out.times, now.Sub(began))
		if out.onAnswer != nil {
			out.onAnswer(now)
		}
	}
	return ctx.Err()
}

// readAnswer reads one answer with a Content-Length and gives its status.
func readAnswer(r *bufio.Reader) (int, error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < len("HTTP/1.1 200") {
		return 0, fmt.Errorf("bad status line %q", line)
	}
	status, err := strconv.Atoi(string(line[9:12]))
	if err != nil {
		return 0, fmt.Errorf("bad status line %q", line)
	}
	length := -1
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		const name = "content-length:"
		if len(line) > len(name) && bytes.EqualFold(line[:len(name)], []byte(name)) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(name):]))); err != nil {
				return 0, err
			}
		}
	}
	if length < 0 {
		return 0, fmt.Errorf("answer %d has no length", status)
	}
	_, err = io.CopyN(io.Discard, r, int64(length))
	return status, err
}
