package loopsqs

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// crash returns a copy of what is on disk now, as a kill -9 would leave it.
func crash(t *testing.T, s *Server) (dir string) {
	t.Helper()
	dir = t.TempDir()
	raw, err := os.ReadFile(filepath.Join(s.cfg.Dir, journalFile))
	ok(t, err)
	ok(t, os.WriteFile(filepath.Join(dir, journalFile), raw, 0o600))
	return dir
}

func TestWhatWasAnsweredSurvivesACrash(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := start(t, Config{Now: c.Now})
	url := makeQueue(t, s, "q", object{"VisibilityTimeout": "3600"})
	purgedURL := makeQueue(t, s, "purged", nil)
	delayed := makeQueue(t, s, "delayed", object{"DelaySeconds": "600"})
	send(t, s, delayed, "delayed")
	dropped := makeQueue(t, s, "dropped", nil)
	send(t, s, url, "kept", "deleted", "in flight")
	send(t, s, purgedURL, "x")
	for _, m := range take(t, s, url) {
		if m.Body == "deleted" {
			remove(t, s, url, m.ReceiptHandle)
		}
	}
	if code := call(t, s, "PurgeQueue", object{"QueueUrl": purgedURL}, nil); code != "" {
		t.Fatal(code)
	}
	if code := call(t, s, "DeleteQueue", object{"QueueUrl": dropped}, nil); code != "" {
		t.Fatal(code)
	}

	again := start(t, Config{Dir: crash(t, start(t, Config{Dir: crash(t, s), Now: c.Now})), Now: c.Now}) // two crashes
	got := take(t, again, url)
	if diff := cmp.Diff(map[string]int{"kept": 1, "in flight": 1}, bodies(got)); diff != "" {
		t.Errorf("messages after the crash (-want +got):\n%s", diff)
	}
	for _, m := range got {
		if m.Attributes["ApproximateReceiveCount"] != "2" {
			t.Errorf("%s: count %s, want 2: the receive before the crash counts", m.Body, m.Attributes["ApproximateReceiveCount"])
		}
	}
	if len(take(t, again, delayed)) != 0 {
		t.Error("a delayed message came at once")
	}
	if len(take(t, again, purgedURL)) != 0 {
		t.Error("purged messages came back")
	}
	c.pass(10 * time.Minute)
	if bodies(take(t, again, delayed))["delayed"] != 1 {
		t.Error("a delayed message is lost")
	}
	if code := call(t, again, "GetQueueUrl", object{"QueueName": "dropped"}, nil); code == "" {
		t.Error("a deleted queue came back")
	}
}

func TestATornEndIsDropped(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	url := makeQueue(t, s, "q", nil)
	send(t, s, url, "first", "second")
	whole, err := os.ReadFile(filepath.Join(s.cfg.Dir, journalFile))
	ok(t, err)
	for name, torn := range map[string][]byte{
		"short body":   whole[:len(whole)-1],
		"short head":   append(slices.Clip(whole), 0, 0, 0),
		"wrong sum":    append(whole[:len(whole)-1:len(whole)-1], whole[len(whole)-1]^1),
		"huge length":  append(slices.Clip(whole), 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0),
		"all of zeros": append(slices.Clip(whole), make([]byte, 4096)...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			ok(t, os.WriteFile(filepath.Join(dir, journalFile), torn, 0o600))
			again := start(t, Config{Dir: dir})
			if bodies(take(t, again, url))["first"] != 1 {
				t.Error("what stood before the torn end is lost")
			}
			send(t, again, url, "third")
			third := start(t, Config{Dir: crash(t, again)})
			if bodies(take(t, third, url))["third"] != 1 {
				t.Error("what was written after the torn end is lost")
			}
		})
	}
}

func TestCompactionWhileServing(t *testing.T) {
	t.Parallel()
	s := start(t, Config{NoSync: true, Now: time.Now})
	s.broker.mu.Lock() // the writer is idle: it reads this before its next write only
	s.broker.journal.compactAt = 10 << 10
	s.broker.mu.Unlock()
	url := makeQueue(t, s, "q", object{"VisibilityTimeout": "3600"})
	send(t, s, url, "in flight")
	take(t, s, url)

	var senders sync.WaitGroup
	for worker := range 4 {
		senders.Go(func() {
			for i := range 50 {
				send(t, s, url, fmt.Sprintf("%d-%d", worker, i))
			}
		})
	}
	senders.Wait()
	again := start(t, Config{Dir: crash(t, s), Now: time.Now})
	got := map[string]int{}
	for {
		page := take(t, again, url)
		if len(page) == 0 {
			break
		}
		for _, m := range page {
			got[m.Body]++
			want := map[bool]string{true: "2", false: "1"}[m.Body == "in flight"]
			if count := m.Attributes["ApproximateReceiveCount"]; count != want {
				t.Errorf("%s: count %s, want %s", m.Body, count, want)
			}
			remove(t, again, url, m.ReceiptHandle)
		}
	}
	if len(got) != 201 {
		t.Errorf("%d messages after compactions, want 201", len(got))
	}
	for body, n := range got {
		if n != 1 {
			t.Errorf("%s is there %d times", body, n)
		}
	}
	info, err := os.Stat(filepath.Join(start(t, Config{Dir: crash(t, again)}).cfg.Dir, journalFile))
	ok(t, err)
	if info.Size() > 4<<10 {
		t.Errorf("the journal of an empty queue has %d bytes after a start", info.Size())
	}
}

func TestABrokenJournalRefusesAndEndsTheServer(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	url := makeQueue(t, s, "q", nil)
	ok(t, s.broker.journal.file.Close()) // as a disk that went away; the writer is idle
	code, err := tryCall(t, s, "SendMessage", object{"QueueUrl": url, "MessageBody": "x"}, nil)
	if code != "InternalFailure;Receiver" && err == nil {
		t.Errorf("a send that was not kept was answered %q", code)
	}
	<-s.Done()
	if s.err == nil {
		t.Error("the server does not say why it ended")
	}
	s.err = nil // said and checked
}

func FuzzReplay(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("null"))
	f.Add(frame(nil, record{Kind: setQueue, Queue: "q"}))
	f.Add(frame(nil, record{Kind: put, Queue: "q", Message: &message{Key: 1}}))
	f.Add(frame(frame(nil, record{Kind: setQueue, Queue: "q"}), record{Kind: put, Queue: "q"}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		path := filepath.Join(t.TempDir(), journalFile)
		ok(t, os.WriteFile(path, raw, 0o600))
		b := newBroker("us-east-1", newClock().Now, newDice(Chaos{}))
		dropped, err := replay(path, func(r record) { b.apply(r, 0) })
		if err != nil || dropped < 0 || dropped > int64(len(raw)) {
			t.Errorf("dropped %d of %d, %v", dropped, len(raw), err)
		}
	})
}
