package loopsqs

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	attrVisibility = "VisibilityTimeout"
	attrDelay      = "DelaySeconds"
	attrWait       = "ReceiveMessageWaitTimeSeconds"
	attrRetention  = "MessageRetentionPeriod"
	attrMaxSize    = "MaximumMessageSize"
	attrRedrive    = "RedrivePolicy"
)

var queueName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// number is a queue attribute that is a whole number within limits.
type number struct {
	least, most, normal int
}

var numbers = map[string]number{
	attrVisibility: {0, int(maxVisibility / time.Second), 30},
	attrDelay:      {0, int(maxDelay / time.Second), 0},
	attrWait:       {0, int(maxWait / time.Second), 0},
	attrRetention:  {int(minRetention / time.Second), int(maxRetention / time.Second), 4 * 24 * 3600},
	attrMaxSize:    {minMessageLimit, maxMessageBytes, maxMessageBytes},
}

// opaque attributes are kept and given back, and mean nothing here.
var opaque = map[string]bool{
	"Policy":                       true,
	"RedriveAllowPolicy":           true,
	"KmsMasterKeyId":               true,
	"KmsDataKeyReusePeriodSeconds": true,
	"SqsManagedSseEnabled":         true,
}

// redrivePolicy says where a message goes that was received maxReceiveCount times and not deleted.
type redrivePolicy struct {
	Target      string `json:"deadLetterTargetArn"`
	MaxReceives int    `json:"maxReceiveCount"`
}

// checkAttributes returns the attributes in the form in which they are kept.
func (b *broker) checkAttributes(given map[string]string) (map[string]string, error) {
	kept := maps.Clone(given)
	for name, value := range given {
		switch limits, isNumber := numbers[name]; {
		case isNumber:
			n, err := strconv.Atoi(value)
			if err != nil || n < limits.least || n > limits.most {
				return nil, errAttribute(name)
			}
			kept[name] = strconv.Itoa(n)
		case name == attrRedrive && value != "":
			policy, err := b.parseRedrive(value)
			if err != nil {
				return nil, err
			}
			kept[name] = policy
		case name == attrRedrive, opaque[name]:
		case strings.HasPrefix(name, "Fifo"), name == "ContentBasedDeduplication":
			return nil, errValue("Value for attribute %s is invalid. Reason: This server has no FIFO queues.", name)
		default:
			return nil, sqsError("InvalidAttributeName", "InvalidAttributeName", "Unknown Attribute %s.", name)
		}
	}
	return kept, nil
}

func errAttribute(name string) error {
	return sqsError("InvalidAttributeValue", "InvalidAttributeValue", "Invalid value for the parameter %s.", name)
}

// parseRedrive accepts the count as a number or as a string, since clients send both.
func (b *broker) parseRedrive(raw string) (string, error) {
	invalid := func(reason string) error {
		return errValue("Value %s for parameter RedrivePolicy is invalid. Reason: %s", raw, reason)
	}
	var policy struct {
		Target      string      `json:"deadLetterTargetArn"`
		MaxReceives json.Number `json:"maxReceiveCount"`
	}
	if err := json.Unmarshal([]byte(raw), &policy); err != nil {
		return "", invalid("Redrive policy is not a valid JSON map.")
	}
	count, err := strconv.Atoi(policy.MaxReceives.String())
	if err != nil || count < 1 || count > maxReceiveCountUp {
		return "", invalid(fmt.Sprintf("maxReceiveCount must be between 1 and %d.", maxReceiveCountUp))
	}
	if b.byARN(policy.Target) == nil {
		return "", invalid("Dead letter target does not exist.")
	}
	kept, err := json.Marshal(redrivePolicy{policy.Target, count})
	return string(kept), err
}

func (q *queue) number(name string) int {
	if n, err := strconv.Atoi(q.attributes[name]); err == nil {
		return n
	}
	return numbers[name].normal
}

func (q *queue) duration(name string) time.Duration {
	return time.Duration(q.number(name)) * time.Second
}

// redrive returns the queue's policy; ok is false when it has none.
func (q *queue) redrive() (policy redrivePolicy, ok bool) {
	raw := q.attributes[attrRedrive]
	if raw == "" {
		return redrivePolicy{}, false
	}
	return policy, json.Unmarshal([]byte(raw), &policy) == nil
}

// differs says whether an attribute asked for is not what the queue has.
func (q *queue) differs(asked map[string]string) (name string, yes bool) {
	for name, value := range asked {
		if _, isNumber := numbers[name]; isNumber && value == strconv.Itoa(q.number(name)) {
			continue
		}
		if q.attributes[name] != value {
			return name, true
		}
	}
	return "", false
}

// describe lists everything that GetQueueAttributes can tell.
func (b *broker) describe(q *queue) map[string]string {
	all := maps.Clone(q.attributes)
	if all == nil {
		all = map[string]string{}
	}
	if all[attrRedrive] == "" {
		delete(all, attrRedrive)
	}
	for name := range numbers {
		all[name] = strconv.Itoa(q.number(name))
	}
	if all["KmsMasterKeyId"] == "" && all["SqsManagedSseEnabled"] == "" {
		all["SqsManagedSseEnabled"] = "true"
	}
	visible, inFlight, delayed := q.counts(b.now())
	all["ApproximateNumberOfMessages"] = strconv.Itoa(visible)
	all["ApproximateNumberOfMessagesNotVisible"] = strconv.Itoa(inFlight)
	all["ApproximateNumberOfMessagesDelayed"] = strconv.Itoa(delayed)
	all["CreatedTimestamp"] = strconv.FormatInt(q.created/1000, 10)
	all["LastModifiedTimestamp"] = strconv.FormatInt(q.modified/1000, 10)
	all["QueueArn"] = b.arn(q.name)
	return all
}
