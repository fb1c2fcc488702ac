package loopsqs

import "slices"

// moveTask is a redrive that was done. It is kept in memory only.
type moveTask struct {
	Moved          int64  `json:"ApproximateNumberOfMessagesMoved"`
	ToMove         int64  `json:"ApproximateNumberOfMessagesToMove"`
	DestinationARN string `json:"DestinationArn,omitempty"`
	PerSecond      *int   `json:"MaxNumberOfMessagesPerSecond,omitempty"`
	SourceARN      string `json:"SourceArn"`
	StartedAt      int64  `json:"StartedTimestamp"`
	Status         string
}

const maxMovesPerSecond = 500

type moveIn struct {
	SourceARN      string `json:"SourceArn"`
	DestinationARN string `json:"DestinationArn"`
	PerSecond      *int   `json:"MaxNumberOfMessagesPerSecond"`
}

type moveOut struct {
	TaskHandle string
}

func errNoResource(what string) error {
	return sqsError("ResourceNotFoundException", "ResourceNotFoundException", "%s", what)
}

// startMoveTask puts every message of a dead-letter queue that is not in flight back into the queue it
// failed in, or into the destination given. All are moved before the answer, whatever rate was asked for.
func (b *broker) startMoveTask(in moveIn) (moveOut, error) {
	from := b.byARN(in.SourceARN)
	if from == nil {
		return moveOut{}, errNoResource("The resource that you specified for the SourceArn parameter doesn't exist.")
	}
	if len(b.sourcesOf(from)) == 0 {
		return moveOut{}, errValue("Source queue must be configured as a Dead Letter Queue.")
	}
	if in.DestinationARN != "" && b.byARN(in.DestinationARN) == nil {
		return moveOut{}, errNoResource("The resource that you specified for the DestinationArn parameter doesn't exist.")
	}
	if in.DestinationARN == in.SourceARN {
		return moveOut{}, errValue("Source and destination of a move must not be the same queue.")
	}
	if in.PerSecond != nil && (*in.PerSecond < 1 || *in.PerSecond > maxMovesPerSecond) {
		return moveOut{}, errRange("MaxNumberOfMessagesPerSecond", *in.PerSecond, 1, maxMovesPerSecond)
	}
	task := moveTask{
		DestinationARN: in.DestinationARN, PerSecond: in.PerSecond, SourceARN: in.SourceARN,
		StartedAt: b.now(), Status: "COMPLETED",
	}
	task.ToMove, task.Moved = b.unbury(from, in.DestinationARN)
	from.tasks = append(from.tasks, task)
	from.tasks = from.tasks[max(0, len(from.tasks)-maxTasksListed):]
	return moveOut{newID()}, nil
}

// unbury sends the messages anew: with an id, an age and a count of their own. A message that never failed
// anywhere has no queue to go back to and stays.
func (b *broker) unbury(from *queue, destination string) (found, moved int64) {
	from.promote(b.now())
	for e := from.ready.Front(); e != nil; {
		m := at(e)
		e = e.Next()
		found++
		to := destination
		if to == "" {
			to = m.Source
		}
		q := b.byARN(to)
		if q == nil {
			continue
		}
		again := message{
			Key: b.nextKey(), ID: newID(), Body: m.Body, Attributes: m.Attributes, Trace: m.Trace, SentAt: b.now(),
		}
		b.do(record{Kind: put, Queue: q.name, Message: &again})
		b.do(record{Kind: deleted, Queue: from.name, Key: m.Key})
		moved++
	}
	return found, moved
}

type listTasksIn struct {
	SourceARN  string `json:"SourceArn"`
	MaxResults *int
}

type listTasksOut struct {
	Results []moveTask
}

func (b *broker) listMoveTasks(in listTasksIn) (listTasksOut, error) {
	q := b.byARN(in.SourceARN)
	if q == nil {
		return listTasksOut{}, errNoResource("The resource that you specified for the SourceArn parameter doesn't exist.")
	}
	limit := 1
	if in.MaxResults != nil {
		if limit = *in.MaxResults; limit < 1 || limit > maxTasksListed {
			return listTasksOut{}, errRange("MaxResults", limit, 1, maxTasksListed)
		}
	}
	newest := slices.Clone(q.tasks)
	slices.Reverse(newest)
	return listTasksOut{newest[:min(limit, len(newest))]}, nil
}
