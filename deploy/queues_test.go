package deploy_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rising-stars/showcase/deploy/cfn"
	"github.com/rising-stars/showcase/internal/bus"
)

// The queues that the templates make are those that "showcase provision" makes, or one would undo the other.
func TestTheTemplatesQueuesAreThoseOfProvision(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(provisioned(t), templated(t)); diff != "" {
		t.Errorf("provision (-) and the template (+) differ:\n%s", diff)
	}
}

type attributes map[string]string

// provisioned are the queues that provision asks an empty SQS for.
func provisioned(t *testing.T) map[string]attributes {
	t.Helper()
	made := map[string]attributes{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			QueueName, QueueURL string
			Attributes          attributes
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		switch r.Header.Get("X-Amz-Target") {
		case "AmazonSQS.CreateQueue":
			made[in.QueueName] = in.Attributes
			fmt.Fprintf(w, `{"QueueUrl": "http://sqs/%s"}`, in.QueueName)
		case "AmazonSQS.GetQueueAttributes":
			name := in.QueueURL[strings.LastIndex(in.QueueURL, "/")+1:]
			have := attributes{"QueueArn": arnOf(name)}
			maps.Copy(have, made[name])
			if err := json.NewEncoder(w).Encode(map[string]any{"Attributes": have}); err != nil {
				t.Error(err)
			}
		default:
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "no"}`)
		}
	}))
	t.Cleanup(server.Close)
	aws, err := bus.LoadAWS(t.Context(), bus.Credentials{Region: cfn.Region, AccessKey: "x", SecretKey: "x"})
	if err != nil {
		t.Fatal(err)
	}
	b := bus.New(bus.Config{AWS: aws, Endpoint: server.URL, Prefix: "showcase-test-", Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(b.Close)
	if err := b.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	return made
}

func arnOf(name string) string { return "arn:aws:sqs:" + cfn.Region + ":" + cfn.Account + ":" + name }

// templated are the queues of the messaging stack, as SQS names their attributes.
func templated(t *testing.T) map[string]attributes {
	t.Helper()
	s := small(t)
	made := map[string]attributes{}
	for _, r := range s.Child("Messaging").Resources {
		if r.Type != "AWS::SQS::Queue" {
			continue
		}
		a := attributes{}
		for _, key := range []string{"MessageRetentionPeriod", "VisibilityTimeout", "ReceiveMessageWaitTimeSeconds"} {
			if value := cfn.Text(r.Properties, key); value != "" {
				a[key] = value
			}
		}
		if redrive := cfn.Sub(r.Properties, "RedrivePolicy"); redrive != nil {
			a["RedrivePolicy"] = fmt.Sprintf(`{"deadLetterTargetArn":"%s","maxReceiveCount":%s}`,
				cfn.Text(redrive, "deadLetterTargetArn"), cfn.Text(redrive, "maxReceiveCount"))
		}
		made[cfn.Text(r.Properties, "QueueName")] = a
	}
	return made
}
