package loopsqs

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestListensOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.168.1.1:0", "[::]:0", "example.org:0"} {
		_, err := Start(t.Context(), Config{Dir: t.TempDir(), Addr: addr, Now: newClock().Now})
		if !errors.Is(err, ErrNotLoopback) {
			t.Errorf("%s: %v, want ErrNotLoopback", addr, err)
		}
	}
}

func TestRefusesOtherNamesAndActions(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	ask := func(host, action, body string) string {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL(), strings.NewReader(body))
		ok(t, err)
		req.Host = host
		req.Header.Set("X-Amz-Target", action)
		res, err := http.DefaultClient.Do(req)
		ok(t, err)
		defer res.Body.Close()
		return fmt.Sprint(res.StatusCode, " ", res.Header.Get("X-Amzn-Query-Error"))
	}
	for _, c := range []struct{ host, action, body, want string }{
		{"127.0.0.1:80", "AmazonSQS.ListQueues", "{}", "200 "},
		{"evil.example:80", "AmazonSQS.ListQueues", "{}", "400 InvalidAddress;Sender"},
		{"127.0.0.1:80", "AmazonSQS.AddPermission", "{}", "400 InvalidAction;Sender"},
		{"127.0.0.1:80", "ListQueues", "{}", "400 InvalidAction;Sender"},
		{"127.0.0.1:80", "AmazonSQS.ListQueues", "{", "400 MalformedInput;Sender"},
		{"127.0.0.1:80", "AmazonSQS.ListQueues", "[]", "400 MalformedInput;Sender"},
		{"127.0.0.1:80", "AmazonSQS.ListQueues", `{"QueueNamePrefix":"` + "\xff" + `"}`, "400 InvalidMessageContents;Sender"},
		{
			"127.0.0.1:80", "AmazonSQS.SendMessage", `"` + strings.Repeat("x", maxRequestBytes) + `"`,
			"400 AWS.SimpleQueueService.BatchRequestTooLong;Sender",
		},
	} {
		if got := ask(c.host, c.action, c.body); got != c.want {
			t.Errorf("%s at %s: %s, want %s", c.action, c.host, got, c.want)
		}
	}
}

func TestCloseEndsALongPoll(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	url := makeQueue(t, s, "q", nil)
	polled := make(chan string, 1)
	go func() {
		code, err := tryCall(t, s, "ReceiveMessage", object{"QueueUrl": url, "WaitTimeSeconds": 20}, nil)
		polled <- fmt.Sprint(code, err)
	}()
	ok(t, s.Close(t.Context())) // whether the poll came first or late, both must end
	select {
	case <-polled:
	case <-time.After(30 * time.Second):
		t.Fatal("the poll still waits")
	}
	<-s.Done()
	ok(t, s.Close(t.Context())) // twice is once
}

func TestALongPollHearsOfASend(t *testing.T) {
	t.Parallel()
	s := start(t, Config{Now: time.Now})
	url := makeQueue(t, s, "q", nil)
	for range 10 { // in most rounds the poll is waiting when the message comes
		began := time.Now()
		got := make(chan receiveOut, 1)
		go func() {
			var out receiveOut
			_, _ = tryCall(t, s, "ReceiveMessage", object{"QueueUrl": url, "WaitTimeSeconds": 20}, &out)
			got <- out
		}()
		for range 5 {
			call(t, s, "ListQueues", object{}, nil)
		}
		send(t, s, url, "hello")
		if out := <-got; bodies(out.Messages)["hello"] != 1 {
			t.Fatalf("got %+v", out)
		}
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("a message took %v: the poll did not hear of it", took)
		}
	}
}

func TestVisibilityByTheClock(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := start(t, Config{Now: c.Now})
	url := makeQueue(t, s, "q", object{"VisibilityTimeout": "60"})
	send(t, s, url, "job")

	first := take(t, s, url)
	if len(first) != 1 || len(take(t, s, url)) != 0 {
		t.Fatal("a message in flight is not received again")
	}
	c.pass(59 * time.Second)
	renew := func(handle string, seconds int) string {
		return call(t, s, "ChangeMessageVisibility",
			object{"QueueUrl": url, "ReceiptHandle": handle, "VisibilityTimeout": seconds}, nil)
	}
	if code := renew(first[0].ReceiptHandle, 60); code != "" {
		t.Fatal(code)
	}
	c.pass(59 * time.Second)
	if len(take(t, s, url)) != 0 {
		t.Fatal("the renewed message showed too early")
	}
	if code := renew(first[0].ReceiptHandle, 43200); code != "InvalidParameterValue;Sender" {
		t.Errorf("beyond 12 hours in all: %q", code)
	}
	c.pass(time.Second)
	if code := renew(first[0].ReceiptHandle, 60); code != "AWS.SimpleQueueService.MessageNotInflight;Sender" {
		t.Errorf("not in flight any more: %q", code)
	}
	second := take(t, s, url)
	if len(second) != 1 || second[0].Attributes["ApproximateReceiveCount"] != "2" {
		t.Fatalf("got %+v, want the message a second time", second)
	}
	remove(t, s, url, first[0].ReceiptHandle) // stale
	c.pass(time.Hour)
	third := take(t, s, url)
	if len(third) != 1 {
		t.Fatal("a stale handle deleted the message")
	}
	remove(t, s, url, third[0].ReceiptHandle)
	c.pass(time.Hour)
	if len(take(t, s, url)) != 0 {
		t.Error("a deleted message came back")
	}
}

func TestRetentionAndDelayByTheClock(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := start(t, Config{Now: c.Now})
	url := makeQueue(t, s, "q", object{"MessageRetentionPeriod": "60", "DelaySeconds": "30"})
	send(t, s, url, "late")
	if len(take(t, s, url)) != 0 {
		t.Error("a delayed message was received at once")
	}
	c.pass(30 * time.Second)
	if len(take(t, s, url)) != 1 {
		t.Error("a delayed message did not show")
	}
	c.pass(30 * time.Second)
	if len(take(t, s, url)) != 0 {
		t.Error("a message older than the retention was received")
	}
}

func TestADeadLetterQueueOfItselfDoesNotSpin(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	url := makeQueue(t, s, "q", object{"VisibilityTimeout": "0"})
	arn := s.broker.arn("q")
	code := call(t, s, "SetQueueAttributes", object{"QueueUrl": url, "Attributes": object{
		"RedrivePolicy": `{"deadLetterTargetArn":"` + arn + `","maxReceiveCount":1}`,
	}}, nil)
	if code != "" {
		t.Fatal(code)
	}
	send(t, s, url, "x")
	for range 3 {
		if len(take(t, s, url)) != 1 {
			t.Fatal("the message is gone")
		}
	}
	if code := call(t, s, "StartMessageMoveTask", object{"SourceArn": arn, "DestinationArn": arn}, nil); code != "InvalidParameterValue;Sender" {
		t.Errorf("move onto itself: %q", code)
	}
}

func TestQueueLimit(t *testing.T) {
	t.Parallel()
	s := start(t, Config{NoSync: true})
	for i := range maxQueues {
		makeQueue(t, s, fmt.Sprint("q", i), nil)
	}
	if code := call(t, s, "CreateQueue", object{"QueueName": "more"}, nil); code != "OverLimit;Sender" {
		t.Errorf("one queue too many: %q", code)
	}
}
