package loopsqs

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"
)

type queueIn struct {
	QueueURL string `json:"QueueUrl"`
}

type createIn struct {
	QueueName  string
	Attributes map[string]string
}

type urlOut struct {
	QueueURL string `json:"QueueUrl"`
}

// createQueue is idempotent: asking again for what is there already is fine, with other attributes it is not.
func (b *broker) createQueue(in createIn) (urlOut, error) {
	if !queueName.MatchString(in.QueueName) {
		return urlOut{}, errValue("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	}
	attributes, err := b.checkAttributes(in.Attributes)
	if err != nil {
		return urlOut{}, err
	}
	if q := b.queues[in.QueueName]; q != nil {
		if name, yes := q.differs(attributes); yes {
			return urlOut{}, sqsError("QueueNameExists", "QueueAlreadyExists",
				"A queue already exists with the same name and a different value for attribute %s", name)
		}
		return b.urlOf(in.QueueName), nil
	}
	if len(b.queues) >= maxQueues {
		return urlOut{}, errTooManyQueues
	}
	now := b.now()
	b.do(record{Kind: setQueue, Queue: in.QueueName, Attributes: attributes, Created: now, Modified: now})
	return b.urlOf(in.QueueName), nil
}

func (b *broker) urlOf(name string) urlOut {
	return urlOut{b.base + "/" + accountID + "/" + name}
}

func (b *broker) getQueueURL(in struct{ QueueName string }) (urlOut, error) {
	if b.queues[in.QueueName] == nil {
		return urlOut{}, errNoQueue
	}
	return b.urlOf(in.QueueName), nil
}

type attributesIn struct {
	queueIn
	AttributeNames []string
}

type attributesOut struct {
	Attributes map[string]string `json:",omitempty"`
}

func (b *broker) getQueueAttributes(in attributesIn) (attributesOut, error) {
	q, err := b.byURL(in.QueueURL)
	if err != nil {
		return attributesOut{}, err
	}
	all := b.describe(q)
	if slices.Contains(in.AttributeNames, "All") {
		return attributesOut{all}, nil
	}
	asked := map[string]string{}
	for _, name := range in.AttributeNames {
		if value, has := all[name]; has {
			asked[name] = value
		} else if name != attrRedrive && !opaque[name] {
			return attributesOut{}, sqsError("InvalidAttributeName", "InvalidAttributeName", "Unknown Attribute %s.", name)
		}
	}
	return attributesOut{asked}, nil
}

type setIn struct {
	queueIn
	Attributes map[string]string
}

func (b *broker) setQueueAttributes(in setIn) (empty, error) {
	q, err := b.byURL(in.QueueURL)
	if err != nil {
		return empty{}, err
	}
	changed, err := b.checkAttributes(in.Attributes)
	if err != nil {
		return empty{}, err
	}
	attributes := map[string]string{}
	maps.Copy(attributes, q.attributes)
	maps.Copy(attributes, changed)
	b.do(record{Kind: setQueue, Queue: q.name, Attributes: attributes, Created: q.created, Modified: b.now()})
	return empty{}, nil
}

type listIn struct {
	queueIn
	QueueNamePrefix string
	MaxResults      *int
	NextToken       string
}

type listOut struct {
	QueueURLs []string `json:"QueueUrls"`
	NextToken string   `json:",omitempty"`
}

func (b *broker) listQueues(in listIn) (listOut, error) {
	var names []string
	for name := range b.queues {
		if strings.HasPrefix(name, in.QueueNamePrefix) {
			names = append(names, name)
		}
	}
	return b.page(names, in)
}

// page lists names in order; the token of a page is the last name before it.
func (b *broker) page(names []string, in listIn) (listOut, error) {
	limit := maxListed
	if in.MaxResults != nil {
		if limit = *in.MaxResults; limit < 1 || limit > maxListed {
			return listOut{}, errRange("MaxResults", limit, 1, maxListed)
		}
	}
	after, err := base64.RawURLEncoding.DecodeString(in.NextToken)
	if err != nil {
		return listOut{}, errValue("Invalid or expired next token.")
	}
	slices.Sort(names)
	out := listOut{QueueURLs: []string{}}
	last := ""
	for _, name := range names {
		if name <= string(after) {
			continue
		}
		if len(out.QueueURLs) == limit {
			out.NextToken = base64.RawURLEncoding.EncodeToString([]byte(last))
			break
		}
		out.QueueURLs = append(out.QueueURLs, b.urlOf(name).QueueURL)
		last = name
	}
	return out, nil
}

type sourcesOut struct {
	QueueURLs []string `json:"queueUrls"` // the protocol's own spelling
	NextToken string   `json:",omitempty"`
}

func (b *broker) listDeadLetterSources(in listIn) (sourcesOut, error) {
	q, err := b.byURL(in.QueueURL)
	if err != nil {
		return sourcesOut{}, err
	}
	out, err := b.page(b.sourcesOf(q), in)
	return sourcesOut(out), err
}

// sourcesOf names the queues whose failed messages go to q.
func (b *broker) sourcesOf(q *queue) []string {
	var names []string
	for name, other := range b.queues {
		if policy, ok := other.redrive(); ok && policy.Target == b.arn(q.name) {
			names = append(names, name)
		}
	}
	return names
}

func (b *broker) deleteQueue(in queueIn) (empty, error) {
	q, err := b.byURL(in.QueueURL)
	if err != nil {
		return empty{}, err
	}
	b.do(record{Kind: dropQueue, Queue: q.name})
	return empty{}, nil
}

func (b *broker) purgeQueue(in queueIn) (empty, error) {
	q, err := b.byURL(in.QueueURL)
	if err != nil {
		return empty{}, err
	}
	b.do(record{Kind: purged, Queue: q.name})
	return empty{}, nil
}
