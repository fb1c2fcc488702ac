package bus

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Limits of SQS. Newer accounts take larger bodies; nothing here needs them.
const (
	maxBytes      = 256 << 10 // of one message and of one batch: body, attribute names, types and values
	maxAttributes = 10
	maxBatch      = 10
)

// Metadata keys under which a received message tells what SQS said of it. They are not sent on.
const (
	metaPrefix       = "sqs."
	metaReceipt      = metaPrefix + "receipt"
	metaReceiveCount = metaPrefix + "receives"
)

const (
	uuidAttribute = "_watermill_message_uuid" // the name that Watermill's own marshaler uses
	stringType    = "String"
)

// Reasons why a message cannot be sent.
var (
	ErrTooLarge          = errors.New("message is larger than 256 KiB")
	ErrTooManyAttributes = errors.New("message has more than 10 attributes")
	ErrEmpty             = errors.New("message has no body")
)

// outgoing is a message as SQS takes it, with the bytes that count against the limit.
type outgoing struct {
	body       string
	attributes map[string]types.MessageAttributeValue
	bytes      int
}

// marshal turns a message into what is sent: the body as it is, the UUID and each metadata value as a string attribute.
// Empty values are left out, since SQS refuses them, and so is what a receive told.
func marshal(msg *message.Message) (outgoing, error) {
	if len(msg.Payload) == 0 {
		return outgoing{}, ErrEmpty
	}
	out := outgoing{
		body: string(msg.Payload), bytes: len(msg.Payload),
		attributes: make(map[string]types.MessageAttributeValue, len(msg.Metadata)+1),
	}
	out.set(uuidAttribute, msg.UUID)
	for _, name := range slices.Sorted(maps.Keys(msg.Metadata)) {
		if !strings.HasPrefix(name, metaPrefix) {
			out.set(name, msg.Metadata[name])
		}
	}
	switch {
	case len(out.attributes) > maxAttributes:
		return outgoing{}, fmt.Errorf("%d attributes: %w", len(out.attributes), ErrTooManyAttributes)
	case out.bytes > maxBytes:
		return outgoing{}, fmt.Errorf("%d bytes: %w", out.bytes, ErrTooLarge)
	}
	return out, nil
}

func (o *outgoing) set(name, value string) {
	if value == "" {
		return
	}
	o.attributes[name] = types.MessageAttributeValue{DataType: aws.String(stringType), StringValue: aws.String(value)}
	o.bytes += len(name) + len(stringType) + len(value)
}

// unmarshaler turns what SQS delivers into a message. It never fails: a body that means nothing is the handler's to
// refuse, since the stock subscriber would only let it come again.
type unmarshaler struct{}

// Unmarshal is part of Watermill's SQS subscriber.
func (unmarshaler) Unmarshal(in *types.Message) (*message.Message, error) {
	msg := message.NewMessage(aws.ToString(in.MessageId), []byte(aws.ToString(in.Body)))
	for name, value := range in.MessageAttributes {
		msg.Metadata[name] = aws.ToString(value.StringValue)
	}
	if id := msg.Metadata[uuidAttribute]; id != "" {
		msg.UUID = id
	}
	delete(msg.Metadata, uuidAttribute)
	msg.Metadata[metaReceipt] = aws.ToString(in.ReceiptHandle)
	msg.Metadata[metaReceiveCount] = in.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)]
	return msg, nil
}

// Receives is how often a message has been received, this time included; 1 when SQS did not say.
func Receives(msg *message.Message) int {
	n, err := strconv.Atoi(msg.Metadata[metaReceiveCount])
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// LastReceive says whether SQS will not deliver the message again after this time.
func LastReceive(msg *message.Message) bool { return Receives(msg) >= MaxReceives }
