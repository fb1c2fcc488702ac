package loopsqs

import "time"

type deleteIn struct {
	queueIn
	ReceiptHandle string
}

// deleteMessage deletes by the latest handle only. An older one, or one of a message that is gone, is
// answered all the same: SQS does not promise more.
func (b *broker) deleteMessage(in deleteIn) (empty, error) {
	q, err := b.byURL(in.QueueURL)
	if err != nil {
		return empty{}, err
	}
	m, err := b.held(q, in.ReceiptHandle)
	if m != nil {
		b.do(record{Kind: deleted, Queue: q.name, Key: m.Key})
	}
	return empty{}, err
}

// held finds the message that a handle is the latest of; nil when it is gone or was received again.
func (b *broker) held(q *queue, raw string) (*message, error) {
	h, err := parseHandle(raw)
	if err != nil {
		return nil, err
	}
	if h.queue != q.name {
		return nil, errBadHandle
	}
	m := q.all[h.key]
	if m == nil || m.ID != h.id || m.Receives != h.receives {
		return nil, nil //nolint:nilnil // gone is not an error
	}
	return m, nil
}

type batchOut struct {
	Successful []doneEntry
	Failed     []failedEntry
}

type doneEntry struct {
	ID string `json:"Id"`
}

type deleteBatchIn struct {
	queueIn
	Entries []struct {
		ID            string `json:"Id"`
		ReceiptHandle string
	}
}

func (b *broker) deleteMessageBatch(in deleteBatchIn) (batchOut, error) {
	ids := make([]string, len(in.Entries))
	for i, e := range in.Entries {
		ids[i] = e.ID
	}
	return b.batch(in.queueIn, ids, func(i int) error {
		_, err := b.deleteMessage(deleteIn{in.queueIn, in.Entries[i].ReceiptHandle})
		return err
	})
}

// batch runs one action per entry and sorts the outcomes.
func (b *broker) batch(in queueIn, ids []string, run func(i int) error) (batchOut, error) {
	if _, err := b.byURL(in.QueueURL); err != nil {
		return batchOut{}, err
	}
	if err := checkBatch(ids); err != nil {
		return batchOut{}, err
	}
	out := batchOut{Successful: []doneEntry{}, Failed: []failedEntry{}}
	for i, id := range ids {
		if err := run(i); err != nil {
			out.Failed = append(out.Failed, failure(id, err))
			continue
		}
		out.Successful = append(out.Successful, doneEntry{id})
	}
	return out, nil
}

type changeIn struct {
	queueIn
	ReceiptHandle     string
	VisibilityTimeout *int
}

// changeVisibility lets a message in flight show at another time from now; 0 is at once.
func (b *broker) changeVisibility(in changeIn) (empty, error) {
	q, err := b.byURL(in.QueueURL)
	if err != nil {
		return empty{}, err
	}
	if in.VisibilityTimeout == nil {
		return empty{}, errMissing("VisibilityTimeout")
	}
	seconds := *in.VisibilityTimeout
	if most := int(maxVisibility / time.Second); seconds < 0 || seconds > most {
		return empty{}, errRange("VisibilityTimeout", seconds, 0, most)
	}
	m, err := b.held(q, in.ReceiptHandle)
	if err != nil {
		return empty{}, err
	}
	if m == nil {
		return empty{}, errValue("Value %s for parameter ReceiptHandle is invalid. "+
			"Reason: Message does not exist or is not available for visibility timeout change.", in.ReceiptHandle)
	}
	now := b.now()
	q.promote(now)
	if !m.inFlight {
		return empty{}, errNotInFlight
	}
	at := now + int64(seconds)*1000
	if at > m.receivedAt+maxVisibility.Milliseconds() {
		return empty{}, errValue("Value %d for parameter VisibilityTimeout is invalid. "+
			"Reason: Total VisibilityTimeout for the message is beyond the limit [%d seconds].", seconds, int(maxVisibility/time.Second))
	}
	q.show(m, at, now)
	return empty{}, nil
}

type changeBatchIn struct {
	queueIn
	Entries []struct {
		ID                string `json:"Id"`
		ReceiptHandle     string
		VisibilityTimeout int
	}
}

func (b *broker) changeVisibilityBatch(in changeBatchIn) (batchOut, error) {
	ids := make([]string, len(in.Entries))
	for i, e := range in.Entries {
		ids[i] = e.ID
	}
	return b.batch(in.queueIn, ids, func(i int) error {
		e := in.Entries[i]
		_, err := b.changeVisibility(changeIn{in.queueIn, e.ReceiptHandle, &e.VisibilityTimeout})
		return err
	})
}
