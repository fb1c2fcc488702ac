package loopsqs

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"unicode/utf8"
)

const (
	target      = "AmazonSQS."
	contentType = "application/x-amz-json-1.0"
)

// operation answers one request. It runs without the broker's lock.
type operation func(ctx context.Context, s *Server, raw []byte) (any, error)

var operations = map[string]operation{
	"CreateQueue":                  do((*broker).createQueue),
	"GetQueueUrl":                  do((*broker).getQueueURL),
	"GetQueueAttributes":           do((*broker).getQueueAttributes),
	"SetQueueAttributes":           do((*broker).setQueueAttributes),
	"ListQueues":                   do((*broker).listQueues),
	"ListDeadLetterSourceQueues":   do((*broker).listDeadLetterSources),
	"DeleteQueue":                  do((*broker).deleteQueue),
	"PurgeQueue":                   do((*broker).purgeQueue),
	"SendMessage":                  do((*broker).sendMessage),
	"SendMessageBatch":             do((*broker).sendMessageBatch),
	"ReceiveMessage":               receive,
	"DeleteMessage":                do((*broker).deleteMessage),
	"DeleteMessageBatch":           do((*broker).deleteMessageBatch),
	"ChangeMessageVisibility":      do((*broker).changeVisibility),
	"ChangeMessageVisibilityBatch": do((*broker).changeVisibilityBatch),
	"StartMessageMoveTask":         do((*broker).startMoveTask),
	"ListMessageMoveTasks":         do((*broker).listMoveTasks),
}

type empty struct{}

// do makes an operation of a method on the state: decode, lock, change, unlock, wait for the disk.
func do[In, Out any](method func(*broker, In) (Out, error)) operation {
	return func(ctx context.Context, s *Server, raw []byte) (any, error) {
		in, err := decode[In](raw)
		if err != nil {
			return nil, err
		}
		s.broker.mu.Lock()
		out, err := method(s.broker, in)
		s.broker.mu.Unlock()
		if err != nil {
			return nil, err
		}
		return out, s.settle(ctx)
	}
}

// decode ignores members that it does not know: newer clients send more.
func decode[In any](raw []byte) (in In, err error) {
	if !utf8.Valid(raw) {
		return in, sqsError("InvalidMessageContents", "InvalidMessageContents", "The request is not valid UTF-8.")
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return in, &apiError{
			shape:   "com.amazon.coral.service#SerializationException",
			query:   "MalformedInput",
			message: "The request body is not what this action takes: " + err.Error(),
			status:  http.StatusBadRequest,
		}
	}
	return in, nil
}

// ServeHTTP answers one request of the AWS JSON 1.0 protocol.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out, err := s.answer(w, r)
	s.holdBack(r.Context())
	w.Header().Set("X-Amzn-Requestid", newID())
	w.Header().Set("Content-Type", contentType)
	if err != nil {
		s.refuse(w, err)
		return
	}
	if got, ok := out.(receiveOut); ok && len(got.Messages) > 0 && s.dice.hit(s.cfg.Chaos.LoseReceive) {
		panic(http.ErrAbortHandler) // breaks the connection: the client never hears of these messages
	}
	if err := json.NewEncoder(w).Encode(out); err != nil {
		s.cfg.Log.Debug("answer not sent", slog.Any("error", err))
	}
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) (any, error) {
	// A page in a browser must not reach us under a name of its own that resolves to loopback.
	if host, _, err := net.SplitHostPort(r.Host); err != nil || !isLoopback(host) {
		return nil, sqsError("InvalidAddress", "InvalidAddress", "The Host must be a loopback address.")
	}
	name, found := strings.CutPrefix(r.Header.Get("X-Amz-Target"), target)
	run := operations[name]
	if r.Method != http.MethodPost || !found || run == nil {
		return nil, &apiError{
			shape:   "com.amazon.coral.service#UnknownOperationException",
			query:   "InvalidAction",
			message: "This server does not know the action.",
			status:  http.StatusBadRequest,
		}
	}
	raw, err := readAll(w, r)
	if err != nil {
		return nil, err
	}
	return run(r.Context(), s, raw)
}

func (s *Server) refuse(w http.ResponseWriter, err error) {
	var refusal *apiError
	fault := ";Sender"
	if !errors.As(err, &refusal) {
		s.cfg.Log.Error("queue request", slog.Any("error", err))
		fault = ";Receiver"
		refusal = &apiError{
			shape:   "com.amazon.coral.service#InternalFailure",
			query:   "InternalFailure",
			message: "The server cannot keep what was asked.",
			status:  http.StatusInternalServerError,
		}
	}
	w.Header().Set("X-Amzn-Query-Error", refusal.query+fault)
	w.WriteHeader(refusal.status)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": refusal.shape, "message": refusal.message})
}
