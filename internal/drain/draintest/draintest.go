// Package draintest stands in for an instance's metadata service and for the Auto Scaling API in tests: it speaks both
// protocols on loopback and keeps what it was told. It refuses what the first version of the metadata service allowed.
package draintest

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Names of the one group there is.
const (
	Group    = "showcase-test-workers"
	Hook     = "drain"
	Instance = "i-0a1b2c3d4e5f60718"
)

const token = "a-token-of-the-second-version"

// Cloud is both services.
type Cloud struct {
	Metadata string // endpoint
	Scaling  string // endpoint

	mu    sync.Mutex
	state string
	calls []string
	down  bool
}

// New starts both; they end with the test.
func New(t testing.TB) *Cloud {
	t.Helper()
	c := &Cloud{state: "InService"}
	metadata := httptest.NewServer(http.HandlerFunc(c.metadata))
	scaling := httptest.NewServer(http.HandlerFunc(c.scaling))
	t.Cleanup(func() { metadata.Close(); scaling.Close() })
	c.Metadata, c.Scaling = metadata.URL, scaling.URL
	return c
}

// Env leads a program to both.
func (c *Cloud) Env() []string {
	return []string{
		"AWS_EC2_METADATA_DISABLED=false", "AWS_EC2_METADATA_SERVICE_ENDPOINT=" + c.Metadata,
		"AWS_ENDPOINT_URL_AUTO_SCALING=" + c.Scaling, "ASG_NAME=" + Group, "ASG_HOOK=" + Hook,
	}
}

// SetState is what becomes of the instance, such as Terminated.
func (c *Cloud) SetState(state string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state = state
}

// SetDown makes Auto Scaling answer 500, or well again.
func (c *Cloud) SetDown(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = down
}

// Calls are what Auto Scaling was asked and agreed to, in order: "protect true", "protect false", "heartbeat", "complete CONTINUE".
func (c *Cloud) Calls() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.calls)
}

func (c *Cloud) metadata(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case r.Method == http.MethodPut && r.URL.Path == "/latest/api/token" && r.Header.Get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds") != "":
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "21600")
		fmt.Fprint(w, token)
	case r.Header.Get("X-Aws-Ec2-Metadata-Token") != token:
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/latest/meta-data/instance-id":
		fmt.Fprint(w, Instance)
	case r.URL.Path == "/latest/meta-data/autoscaling/target-lifecycle-state":
		fmt.Fprint(w, c.state)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (c *Cloud) scaling(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	action, group := r.FormValue("Action"), r.FormValue("AutoScalingGroupName")
	var said string
	switch {
	case c.down:
		w.WriteHeader(http.StatusInternalServerError)
		return
	case !strings.Contains(r.Header.Get("Authorization"), "/autoscaling/aws4_request"):
		refuse(w, "MissingAuthenticationToken")
		return
	case action == "SetInstanceProtection" && r.FormValue("InstanceIds.member.1") == Instance && group == Group && c.state == "InService":
		said = "protect " + r.FormValue("ProtectedFromScaleIn")
	case r.FormValue("InstanceId") != Instance || group != Group || r.FormValue("LifecycleHookName") != Hook || c.state == "InService":
		refuse(w, "ValidationError")
		return
	case action == "RecordLifecycleActionHeartbeat":
		said = "heartbeat"
	case action == "CompleteLifecycleAction":
		said = "complete " + r.FormValue("LifecycleActionResult")
	default:
		refuse(w, "InvalidAction")
		return
	}
	c.calls = append(c.calls, said)
	fmt.Fprint(w, answers[action])
}

// answers are what Auto Scaling says when it agrees.
var answers = map[string]string{
	"SetInstanceProtection":          "<SetInstanceProtectionResponse><SetInstanceProtectionResult/></SetInstanceProtectionResponse>",
	"RecordLifecycleActionHeartbeat": "<RecordLifecycleActionHeartbeatResponse><RecordLifecycleActionHeartbeatResult/></RecordLifecycleActionHeartbeatResponse>",
	"CompleteLifecycleAction":        "<CompleteLifecycleActionResponse><CompleteLifecycleActionResult/></CompleteLifecycleActionResponse>",
}

func refuse(w http.ResponseWriter, code string) {
	w.WriteHeader(http.StatusBadRequest)
	fmt.Fprint(w, "<ErrorResponse><Error><Code>")
	_ = xml.EscapeText(w, []byte(code)) // the client may have gone
	fmt.Fprint(w, "</Code></Error></ErrorResponse>")
}
