package loopsqs

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

type receiveIn struct {
	queueIn
	MaxNumberOfMessages         *int
	VisibilityTimeout           *int
	WaitTimeSeconds             *int
	MessageAttributeNames       []string
	AttributeNames              []string
	MessageSystemAttributeNames []string
}

type receiveOut struct {
	Messages []receivedMessage `json:",omitempty"`
}

type receivedMessage struct {
	MessageID              string `json:"MessageId"`
	ReceiptHandle          string
	MD5OfBody              string
	Body                   string
	Attributes             map[string]string         `json:",omitempty"`
	MD5OfMessageAttributes string                    `json:",omitempty"`
	MessageAttributes      map[string]attributeValue `json:",omitempty"`
}

// polling is a checked receiveIn.
type polling struct {
	most       int
	visibility time.Duration
	wait       time.Duration
}

// receive answers at once when there are messages, else waits for some until the poll's time is up, the
// client goes away, or the server closes.
func receive(ctx context.Context, s *Server, raw []byte) (any, error) {
	in, err := decode[receiveIn](raw)
	if err != nil {
		return nil, err
	}
	got, p, hint, err := s.broker.poll(in)
	if err != nil || len(got.Messages) > 0 || p.wait == 0 {
		return got, err
	}
	deadline := time.NewTimer(p.wait)
	defer deadline.Stop()
	for !s.awaitReady(ctx, hint, deadline.C) {
		if got, _, hint, err = s.broker.poll(in); err != nil || len(got.Messages) > 0 {
			return got, err
		}
	}
	return receiveOut{}, nil
}

// readyHint says when to look again: when wake is closed, and after next unless that is 0.
type readyHint struct {
	wake <-chan struct{}
	next time.Duration
}

func (s *Server) awaitReady(ctx context.Context, hint readyHint, deadline <-chan time.Time) (over bool) {
	var due <-chan time.Time
	if hint.next > 0 {
		timer := time.NewTimer(hint.next)
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-hint.wake:
		return false
	case <-due:
		return false
	case <-deadline:
		return true
	case <-ctx.Done():
		return true
	case <-s.closing:
		return true
	}
}

// poll takes what is ready, and says when there may be more.
func (b *broker) poll(in receiveIn) (out receiveOut, p polling, hint readyHint, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	q, err := b.byURL(in.QueueURL)
	if err != nil {
		return out, p, hint, err
	}
	if p, err = checkReceive(q, in); err != nil {
		return out, p, hint, err
	}
	now := b.now()
	taken, err := b.take(q, p, now)
	if err != nil {
		return out, p, hint, err
	}
	for _, m := range taken {
		out.Messages = append(out.Messages, b.present(q, m, in))
	}
	hint.wake = q.wake
	if wait, hidden := q.nextShow(now); hidden {
		hint.next = max(wait, time.Millisecond)
	}
	return out, p, hint, nil
}

func checkReceive(q *queue, in receiveIn) (polling, error) {
	p := polling{most: 1, visibility: q.duration(attrVisibility), wait: q.duration(attrWait)}
	for _, field := range []struct {
		name        string
		value       *int
		least, most int
		set         func(int)
	}{
		{"MaxNumberOfMessages", in.MaxNumberOfMessages, 1, maxReceive, func(n int) { p.most = n }},
		{"VisibilityTimeout", in.VisibilityTimeout, 0, int(maxVisibility / time.Second), func(n int) { p.visibility = time.Duration(n) * time.Second }},
		{"WaitTimeSeconds", in.WaitTimeSeconds, 0, int(maxWait / time.Second), func(n int) { p.wait = time.Duration(n) * time.Second }},
	} {
		if field.value == nil {
			continue
		}
		if *field.value < field.least || *field.value > field.most {
			return p, errRange(field.name, *field.value, field.least, field.most)
		}
		field.set(*field.value)
	}
	return p, nil
}

// take hides up to p.most ready messages. On its way it drops what is older than the retention and moves
// what was received too often to the dead-letter queue.
func (b *broker) take(q *queue, p polling, now int64) ([]*message, error) {
	q.promote(now)
	if q.flying >= maxInFlight {
		return nil, errInFlightFull
	}
	policy, redrives := q.redrive()
	oldest := now - q.duration(attrRetention).Milliseconds()
	var taken []*message
	for len(taken) < p.most && q.ready.Len() > 0 {
		m := at(q.ready.Front())
		if m.SentAt <= oldest {
			b.do(record{Kind: deleted, Queue: q.name, Key: m.Key})
			continue
		}
		if redrives && m.Receives >= policy.MaxReceives {
			if dead := b.byARN(policy.Target); dead != nil && dead != q {
				b.bury(m, q, dead)
				continue
			}
		}
		b.do(record{Kind: received, Queue: q.name, Key: m.Key, At: now})
		m.receivedAt = now
		q.hide(m, now+p.visibility.Milliseconds())
		taken = append(taken, m)
	}
	return taken, nil
}

// bury moves a message to the dead-letter queue, its id, age and count unchanged.
func (b *broker) bury(m *message, from, to *queue) {
	moved := message{
		Key: b.nextKey(), ID: m.ID, Body: m.Body, Attributes: m.Attributes, Trace: m.Trace,
		SentAt: m.SentAt, Receives: m.Receives, FirstReceived: m.FirstReceived, Source: b.arn(from.name),
	}
	b.do(record{Kind: put, Queue: to.name, Message: &moved})
	b.do(record{Kind: deleted, Queue: from.name, Key: m.Key})
}

func (b *broker) present(q *queue, m *message, in receiveIn) receivedMessage {
	attributes := chosen(m.Attributes, in.MessageAttributeNames)
	return receivedMessage{
		MessageID:              m.ID,
		ReceiptHandle:          handle{q.name, m.Key, m.ID, m.Receives}.String(),
		MD5OfBody:              bodySum(m.Body),
		Body:                   m.Body,
		Attributes:             systemAttributes(m, append(slices.Clone(in.AttributeNames), in.MessageSystemAttributeNames...)),
		MessageAttributes:      attributes,
		MD5OfMessageAttributes: attributesSum(attributes),
	}
}

// chosen keeps the attributes asked for: by name, by prefix ("trace.*"), or all of them.
func chosen(all map[string]attributeValue, names []string) map[string]attributeValue {
	kept := maps.Clone(all)
	maps.DeleteFunc(kept, func(name string, _ attributeValue) bool {
		return !slices.ContainsFunc(names, func(asked string) bool {
			prefix, isPrefix := strings.CutSuffix(asked, ".*")
			return asked == "All" || asked == name || isPrefix && strings.HasPrefix(name, prefix)
		})
	})
	return kept
}

func systemAttributes(m *message, names []string) map[string]string {
	all := map[string]string{
		"SenderId":                         "AIDALOCAL",
		"SentTimestamp":                    strconv.FormatInt(m.SentAt, 10),
		"ApproximateReceiveCount":          strconv.Itoa(m.Receives),
		"ApproximateFirstReceiveTimestamp": strconv.FormatInt(m.FirstReceived, 10),
	}
	if m.Trace != "" {
		all[traceHeader] = m.Trace
	}
	if m.Source != "" {
		all["DeadLetterQueueSourceArn"] = m.Source
	}
	if !slices.Contains(names, "All") {
		maps.DeleteFunc(all, func(name, _ string) bool { return !slices.Contains(names, name) })
	}
	return all
}

// handle names one receipt of one copy of a message.
type handle struct {
	queue    string
	key      uint64
	id       string
	receives int
}

func (h handle) String() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s/%d/%s/%d", h.queue, h.key, h.id, h.receives))
}

func parseHandle(raw string) (h handle, err error) {
	if raw == "" {
		return h, errMissing("ReceiptHandle")
	}
	text, err := base64.RawURLEncoding.DecodeString(raw)
	if err != nil {
		return h, errBadHandle
	}
	parts := strings.Split(string(text), "/")
	if len(parts) != 4 {
		return h, errBadHandle
	}
	key, errKey := strconv.ParseUint(parts[1], 10, 64)
	receives, errCount := strconv.Atoi(parts[3])
	if errKey != nil || errCount != nil {
		return h, errBadHandle
	}
	return handle{parts[0], key, parts[2], receives}, nil
}
