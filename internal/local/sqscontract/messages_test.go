package sqscontract

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// The SDK checks the digest of every body, sent and received; a wrong one would be an error here.
func TestBodiesArriveAsSent(t *testing.T) {
	each(t, func(s *server) {
		url := s.queue(nil)
		for _, body := range []string{
			"x", `{"id":"1","text":"<a href='x'>&amp;</a>"}`, "línea uno\nlínea dos\ttab\r", "🏀 Bogotá 日本 \u2028 \ufffd",
			strings.Repeat("ñ", 100_000),
		} {
			s.send(url, body)
			got := s.await(url, 1)
			if *got[0].Body != body {
				s.Errorf("sent %.60q, got %.60q", body, *got[0].Body)
			}
			s.remove(url, got[0])
		}
	})
}

func TestMessageAttributes(t *testing.T) {
	each(t, func(s *server) {
		url := s.queue(nil)
		sent := map[string]types.MessageAttributeValue{
			"text":          text("línea <1>"),
			"number":        {DataType: aws.String("Number"), StringValue: aws.String("-1.5")},
			"binary":        {DataType: aws.String("Binary"), BinaryValue: []byte{0, 1, 0xff}},
			"trace.parent":  {DataType: aws.String("String.w3c"), StringValue: aws.String("00-1-2-01")},
			"trace.state":   text("a=b"),
			"_uuid-1_x":     text("u"),
			"another_name7": text("v"),
		}
		out, err := s.sqs.SendMessage(s.Context(), &sqs.SendMessageInput{
			QueueUrl: &url, MessageBody: aws.String("x"), MessageAttributes: sent,
		})
		s.ok(err)
		got := s.await(url, 1)[0]
		if aws.ToString(out.MD5OfMessageAttributes) == "" || aws.ToString(out.MD5OfMessageAttributes) != aws.ToString(got.MD5OfMessageAttributes) {
			s.Errorf("digest sent %q, received %q", aws.ToString(out.MD5OfMessageAttributes), aws.ToString(got.MD5OfMessageAttributes))
		}
		if len(got.MessageAttributes) != len(sent) {
			s.Errorf("%d attributes, want %d", len(got.MessageAttributes), len(sent))
		}
		for name, want := range sent {
			v := got.MessageAttributes[name]
			if aws.ToString(v.DataType) != *want.DataType || aws.ToString(v.StringValue) != aws.ToString(want.StringValue) ||
				!bytes.Equal(v.BinaryValue, want.BinaryValue) {
				s.Errorf("%s: got %+v, want %+v", name, v, want)
			}
		}
	})
}

// attributeDigest is what the rule in SQS's documentation gives for the attributes below, computed apart
// from any server.
const attributeDigest = "9b482004c68e482291889288f15df610"

func TestAttributeDigest(t *testing.T) {
	each(t, func(s *server) {
		url := s.queue(nil)
		out, err := s.sqs.SendMessage(s.Context(), &sqs.SendMessageInput{
			QueueUrl: &url, MessageBody: aws.String("x"),
			MessageAttributes: map[string]types.MessageAttributeValue{
				"b": {DataType: aws.String("Binary"), BinaryValue: []byte{1, 2, 3}},
				"a": text("one"),
			},
		})
		s.ok(err)
		if got := aws.ToString(out.MD5OfMessageAttributes); got != attributeDigest {
			s.Errorf("digest %s, want %s", got, attributeDigest)
		}
	})
}

func TestOnlyAttributesAskedForAreReturned(t *testing.T) {
	each(t, func(s *server) {
		url := s.queue(map[string]string{"VisibilityTimeout": "0"})
		_, err := s.sqs.SendMessage(s.Context(), &sqs.SendMessageInput{
			QueueUrl: &url, MessageBody: aws.String("x"),
			MessageAttributes: map[string]types.MessageAttributeValue{"a": text("1"), "trace.x": text("2"), "trace.y": text("3")},
		})
		s.ok(err)
		for asked, want := range map[string]int{"": 0, "a": 1, "trace.*": 2, "other": 0, "All": 3, ".*": 3} {
			in := &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 1}
			if asked != "" {
				in.MessageAttributeNames = []string{asked}
			}
			out, err := s.sqs.ReceiveMessage(s.Context(), in)
			s.ok(err)
			if len(out.Messages) != 1 {
				s.Fatalf("asked for %q: %d messages", asked, len(out.Messages))
			}
			if got := out.Messages[0]; len(got.MessageAttributes) != want || len(got.Attributes) != 0 {
				s.Errorf("asked for %q: %d attributes and %d system attributes, want %d and 0",
					asked, len(got.MessageAttributes), len(got.Attributes), want)
			}
		}
	})
}

func TestSystemAttributes(t *testing.T) {
	each(t, func(s *server) {
		url := s.queue(nil)
		const trace = "Root=1-5759e988-bd862e3fe1be46a994272793"
		before := time.Now().Add(-time.Minute)
		_, err := s.sqs.SendMessage(s.Context(), &sqs.SendMessageInput{
			QueueUrl: &url, MessageBody: aws.String("x"),
			MessageSystemAttributes: map[string]types.MessageSystemAttributeValue{
				"AWSTraceHeader": {DataType: aws.String("String"), StringValue: aws.String(trace)},
			},
		})
		s.ok(err)
		got := s.await(url, 1)[0].Attributes
		if got["ApproximateReceiveCount"] != "1" || got["AWSTraceHeader"] != trace || got["SenderId"] == "" {
			s.Errorf("system attributes %v", got)
		}
		for _, name := range []string{"SentTimestamp", "ApproximateFirstReceiveTimestamp"} {
			ms, err := strconv.ParseInt(got[name], 10, 64)
			if at := time.UnixMilli(ms); err != nil || at.Before(before) || at.After(time.Now().Add(time.Minute)) {
				s.Errorf("%s = %q", name, got[name])
			}
		}
	})
}

func TestRefusedMessages(t *testing.T) {
	each(t, func(s *server) {
		url := s.queue(nil)
		eleven := map[string]types.MessageAttributeValue{}
		for i := range 11 {
			eleven[fmt.Sprint("a", i)] = text("x")
		}
		type attributes = map[string]types.MessageAttributeValue
		for name, c := range map[string]struct {
			in   sqs.SendMessageInput
			want string
			moto string // how moto differs
		}{
			"control character": {in: sqs.SendMessageInput{MessageBody: aws.String("a\x00b")}, want: "InvalidMessageContents", moto: "it takes any character"},
			"eleven attributes": {in: sqs.SendMessageInput{MessageAttributes: eleven}, want: "InvalidParameterValue", moto: "it takes any number of attributes"},
			"empty attribute":   {in: sqs.SendMessageInput{MessageAttributes: attributes{"a": text("")}}, want: "InvalidParameterValue", moto: "it takes empty values"},
			"attribute without a known type": {in: sqs.SendMessageInput{MessageAttributes: attributes{
				"a": {DataType: aws.String("Text"), StringValue: aws.String("x")},
			}}, want: "InvalidParameterValue"},
			"attribute with a bad name": {in: sqs.SendMessageInput{MessageAttributes: attributes{"a b": text("x")}}, want: "InvalidParameterValue"},
			"delay too long":            {in: sqs.SendMessageInput{DelaySeconds: 901}, want: "InvalidParameterValue"},
		} {
			if s.name == moto && c.moto != "" {
				s.Logf("%s left out: %s", name, c.moto)
				continue
			}
			c.in.QueueUrl = &url
			if c.in.MessageBody == nil {
				c.in.MessageBody = aws.String("x")
			}
			if _, err := s.sqs.SendMessage(s.Context(), &c.in); code(err) != c.want {
				s.Errorf("%s: %v, want %s", name, err, c.want)
			}
		}
		s.exceptMoto("it keeps some of the messages that it refused")
		if got := s.receive(url); len(got) != 0 {
			s.Errorf("%d refused messages arrived", len(got))
		}
	})
}

func TestLargestMessage(t *testing.T) {
	each(t, func(s *server) {
		url := s.queue(nil)
		limit, err := strconv.Atoi(s.attributes(url, "MaximumMessageSize")["MaximumMessageSize"])
		s.ok(err)
		if limit != 1<<20 {
			s.Errorf("MaximumMessageSize is %d, want 1 MiB", limit)
		}
		s.send(url, strings.Repeat("x", limit))
		if got := s.await(url, 1); len(*got[0].Body) != limit {
			s.Errorf("got %d bytes", len(*got[0].Body))
		}
		tooLong := strings.Repeat("x", limit+1)
		_, err = s.sqs.SendMessage(s.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &tooLong})
		s.wantCode(err, "InvalidParameterValue")
		s.exceptMoto("it does not count attributes")
		_, err = s.sqs.SendMessage(s.Context(), &sqs.SendMessageInput{
			QueueUrl: &url, MessageBody: aws.String(tooLong[:limit-5]),
			MessageAttributes: map[string]types.MessageAttributeValue{"a": text("b")},
		})
		s.wantCode(err, "InvalidParameterValue")
	})
}

func TestMaximumMessageSizeOfAQueue(t *testing.T) {
	each(t, func(s *server) {
		url := s.queue(map[string]string{"MaximumMessageSize": "1024"})
		s.send(url, strings.Repeat("x", 1024))
		_, err := s.sqs.SendMessage(s.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String(strings.Repeat("x", 1025))})
		s.wantCode(err, "InvalidParameterValue")
	})
}
