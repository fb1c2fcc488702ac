package emf

// Name is a metric.
type Name string

// The metrics; deploy/metrics.json says what each means.
const (
	// What asks of the API.
	Requests          Name = "Requests"
	RequestsFailed    Name = "RequestsFailed"
	RequestsThrottled Name = "RequestsThrottled"
	RequestSeconds    Name = "RequestSeconds"
	SignUps           Name = "SignUps"
	UploadsAccepted   Name = "UploadsAccepted"
	UploadsRefused    Name = "UploadsRefused"
	VotesAccepted     Name = "VotesAccepted"
	VotesRepeated     Name = "VotesRepeated"
	VotesRefused      Name = "VotesRefused"
	LiveConnections   Name = "LiveConnections"

	// What goes into the log.
	AppendSeconds   Name = "AppendSeconds"
	AppendConflicts Name = "AppendConflicts"
	AppendsRefused  Name = "AppendsRefused"
	AppendQueue     Name = "AppendQueue"
	PoolWaitSeconds Name = "PoolWaitSeconds"

	// What comes out of it.
	RelayLagSeconds      Name = "RelayLagSeconds"
	RelaySendsFailed     Name = "RelaySendsFailed"
	JobsRescued          Name = "JobsRescued"
	ProjectionLagSeconds Name = "ProjectionLagSeconds"
	ProjectionStopped    Name = "ProjectionStopped"
	EventsUnsealed       Name = "EventsUnsealed"

	// Jobs.
	JobSeconds            Name = "JobSeconds"
	JobCPUSeconds         Name = "JobCPUSeconds"
	ProcessedAfterSeconds Name = "ProcessedAfterSeconds"
	JobsProcessed         Name = "JobsProcessed"
	JobsRejected          Name = "JobsRejected"
	JobsFailed            Name = "JobsFailed"
	JobsGivenUp           Name = "JobsGivenUp"
	ScratchFreeBytes      Name = "ScratchFreeBytes"
)

// Units are the units of all metrics, as CloudWatch calls them.
func Units() map[Name]string {
	return map[Name]string{
		Requests: "Count", RequestsFailed: "Count", RequestsThrottled: "Count", RequestSeconds: "Seconds", SignUps: "Count",
		UploadsAccepted: "Count", UploadsRefused: "Count", VotesAccepted: "Count", VotesRepeated: "Count", VotesRefused: "Count",
		LiveConnections: "Count",
		AppendSeconds:   "Seconds", AppendConflicts: "Count", AppendsRefused: "Count", AppendQueue: "Count",
		PoolWaitSeconds: "Seconds",
		RelayLagSeconds: "Seconds", RelaySendsFailed: "Count", JobsRescued: "Count", ProjectionLagSeconds: "Seconds",
		ProjectionStopped: "Count", EventsUnsealed: "Count",
		JobSeconds: "Seconds", JobCPUSeconds: "Seconds", ProcessedAfterSeconds: "Seconds", JobsProcessed: "Count",
		JobsRejected: "Count", JobsFailed: "Count", JobsGivenUp: "Count", ScratchFreeBytes: "Bytes",
	}
}
