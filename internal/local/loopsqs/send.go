package loopsqs

import (
	"regexp"
	"time"
)

var batchID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

const traceHeader = "AWSTraceHeader"

// outgoing is what SendMessage and an entry of SendMessageBatch have in common.
type outgoing struct {
	MessageBody             string
	DelaySeconds            *int
	MessageAttributes       map[string]attributeValue
	MessageSystemAttributes map[string]attributeValue
}

type sendIn struct {
	queueIn
	outgoing
}

type sendOut struct {
	MessageID             string `json:"MessageId"`
	MD5OfMessageBody      string
	MD5OfAttributes       string `json:"MD5OfMessageAttributes,omitempty"`
	MD5OfSystemAttributes string `json:"MD5OfMessageSystemAttributes,omitempty"`
}

func (b *broker) sendMessage(in sendIn) (sendOut, error) {
	q, err := b.byURL(in.QueueURL)
	if err != nil {
		return sendOut{}, err
	}
	return b.send(q, in.outgoing)
}

func (b *broker) send(q *queue, o outgoing) (sendOut, error) {
	delay, err := b.checkOutgoing(q, o)
	if err != nil {
		return sendOut{}, err
	}
	now := b.now()
	m := message{
		ID:         newID(),
		Body:       o.MessageBody,
		Attributes: o.MessageAttributes,
		SentAt:     now,
	}
	if trace, has := o.MessageSystemAttributes[traceHeader]; has {
		m.Trace = string(trace.raw())
	}
	copies := 1
	if b.dice.hit(b.dice.chaos.Duplicate) {
		copies = 2
	}
	for range copies {
		one := m
		one.Key = b.nextKey()
		if wait := delay + b.dice.upTo(b.dice.chaos.ReorderUpTo); wait > 0 {
			one.VisibleAt = now + wait.Milliseconds()
		}
		b.do(record{Kind: put, Queue: q.name, Message: &one})
	}
	return sendOut{m.ID, bodySum(m.Body), attributesSum(o.MessageAttributes), attributesSum(o.MessageSystemAttributes)}, nil
}

func (b *broker) checkOutgoing(q *queue, o outgoing) (delay time.Duration, err error) {
	if err := checkMessage(o.MessageBody, o.MessageAttributes); err != nil {
		return 0, err
	}
	for name, v := range o.MessageSystemAttributes {
		if name != traceHeader || len(v.raw()) == 0 {
			return 0, errValue("Message system attribute name '%s' is invalid.", name)
		}
	}
	size := payloadBytes(o.MessageBody, o.MessageAttributes)
	if limit := q.number(attrMaxSize); size > limit {
		return 0, errValue("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", limit)
	}
	if len(q.all) >= maxQueueMessages || b.stored+size > maxStoredBytes {
		return 0, errFull
	}
	if o.DelaySeconds == nil {
		return q.duration(attrDelay), nil
	}
	if most := int(maxDelay / time.Second); *o.DelaySeconds < 0 || *o.DelaySeconds > most {
		return 0, errRange("DelaySeconds", *o.DelaySeconds, 0, most)
	}
	return time.Duration(*o.DelaySeconds) * time.Second, nil
}

type sendBatchIn struct {
	queueIn
	Entries []struct {
		ID string `json:"Id"`
		outgoing
	}
}

type sendBatchOut struct {
	Successful []sentEntry
	Failed     []failedEntry
}

type sentEntry struct {
	ID string `json:"Id"`
	sendOut
}

type failedEntry struct {
	ID          string `json:"Id"`
	Code        string
	Message     string
	SenderFault bool
}

func (b *broker) sendMessageBatch(in sendBatchIn) (sendBatchOut, error) {
	q, err := b.byURL(in.QueueURL)
	if err != nil {
		return sendBatchOut{}, err
	}
	ids := make([]string, len(in.Entries))
	size := 0
	for i, e := range in.Entries {
		ids[i] = e.ID
		size += payloadBytes(e.MessageBody, e.MessageAttributes)
	}
	if err := checkBatch(ids); err != nil {
		return sendBatchOut{}, err
	}
	if size > maxMessageBytes {
		return sendBatchOut{}, errBatchTooLong
	}
	out := sendBatchOut{Successful: []sentEntry{}, Failed: []failedEntry{}}
	for _, e := range in.Entries {
		sent, err := b.send(q, e.outgoing)
		if err != nil {
			out.Failed = append(out.Failed, failure(e.ID, err))
			continue
		}
		out.Successful = append(out.Successful, sentEntry{e.ID, sent})
	}
	return out, nil
}

// checkBatch refuses a batch as a whole; what is wrong with one entry is that entry's own failure.
func checkBatch(ids []string) error {
	if len(ids) == 0 {
		return errEmptyBatch
	}
	if len(ids) > maxBatch {
		return sqsError("TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
			"Maximum number of entries per request are %d. You have sent %d.", maxBatch, len(ids))
	}
	seen := map[string]bool{}
	for _, id := range ids {
		if !batchID.MatchString(id) {
			return sqsError("InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId",
				"A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.")
		}
		if seen[id] {
			return sqsError("BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", "Id %s repeated.", id)
		}
		seen[id] = true
	}
	return nil
}

func failure(id string, err error) failedEntry {
	if refusal, ok := err.(*apiError); ok { //nolint:errorlint // ours, never wrapped
		return failedEntry{id, refusal.query, refusal.message, true}
	}
	return failedEntry{id, "InternalError", "", false}
}
