package loopsqs

import "time"

// Limits of SQS that clients rely on.
const (
	maxMessageBytes   = 1 << 20 // body with attributes, and all messages of a batch together
	minMessageLimit   = 1 << 10 // least value of the attribute MaximumMessageSize
	maxAttributes     = 10
	maxBatch          = 10
	maxReceive        = 10
	maxDelay          = 15 * time.Minute
	maxVisibility     = 12 * time.Hour
	maxWait           = 20 * time.Second
	minRetention      = time.Minute
	maxRetention      = 14 * 24 * time.Hour
	maxReceiveCountUp = 1000
	maxInFlight       = 120_000 // per queue
	maxListed         = 1000
	maxTasksListed    = 10
)

// Limits of ours, so that no client can fill the machine.
const (
	maxQueues        = 1000
	maxQueueMessages = 1_000_000
	maxStoredBytes   = 1 << 30 // bodies and attributes of all queues
	maxRequestBytes  = 8 << 20 // a full batch, each character escaped
	maxRecordBytes   = 16 << 20
	compactFrom      = 64 << 20 // bytes of journal; below this it just grows
	compactGrowth    = 4        // times its size after the last compaction
	readLimit        = 60 * time.Second
	headerLimit      = 10 * time.Second
	closeLimit       = 5 * time.Second
)
