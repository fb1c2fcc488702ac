package tracing

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Limits of sending.
const (
	queueSize   = 4096 // spans that wait; more are dropped
	batchSize   = 512  // spans of one request
	sendEvery   = time.Second
	sendTimeout = 5 * time.Second
)

// Run sends spans until ctx ends, and then what is left.
func (t *Tracer) Run(ctx context.Context) error {
	if t == nil {
		return nil
	}
	client := &http.Client{Timeout: sendTimeout, Transport: &http.Transport{MaxIdleConns: 1}}
	defer client.CloseIdleConnections()
	tick := time.NewTicker(sendEvery)
	defer tick.Stop()
	failing := false
	for over := false; !over; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			over = true
		}
		for batch := t.take(); len(batch) > 0; batch = t.take() {
			err := t.send(context.WithoutCancel(ctx), client, batch)
			if err != nil && !failing {
				t.cfg.OnError(err)
			}
			if failing = err != nil; failing {
				break // it is dropped; the next tick tries with the next
			}
		}
	}
	return nil
}

// take is what waits, up to a batch.
func (t *Tracer) take() (batch []Span) {
	for len(batch) < batchSize {
		select {
		case s := <-t.ended:
			batch = append(batch, s)
		default:
			return batch
		}
	}
	return batch
}

func (t *Tracer) send(ctx context.Context, client *http.Client, batch []Span) error {
	body, err := json.Marshal(t.encode(batch))
	if err != nil {
		return fmt.Errorf("encode spans: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(t.cfg.Endpoint, "/")+"/v1/traces", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make request of spans: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("send spans: %w", err)
	}
	res.Body.Close()
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("send %d spans: %s", len(batch), res.Status)
	}
	return nil
}

// What follows is OTLP's JSON, as much of it as we say. Ids are hex there, times are texts.
type (
	export struct {
		ResourceSpans []resourceSpans `json:"resourceSpans"`
	}
	resourceSpans struct {
		Resource   resource     `json:"resource"`
		ScopeSpans []scopeSpans `json:"scopeSpans"`
	}
	resource struct {
		Attributes []attribute `json:"attributes"`
	}
	scopeSpans struct {
		Scope scope      `json:"scope"`
		Spans []spanJSON `json:"spans"`
	}
	scope struct {
		Name string `json:"name"`
	}
	spanJSON struct {
		TraceID    string      `json:"traceId"`
		SpanID     string      `json:"spanId"`
		ParentID   string      `json:"parentSpanId,omitempty"`
		Name       string      `json:"name"`
		Kind       Kind        `json:"kind"`
		Start      string      `json:"startTimeUnixNano"`
		End        string      `json:"endTimeUnixNano"`
		Attributes []attribute `json:"attributes,omitempty"`
		Status     *status     `json:"status,omitempty"`
	}
	attribute struct {
		Key   string `json:"key"`
		Value value  `json:"value"`
	}
	value struct {
		Text string `json:"stringValue"`
	}
	status struct {
		Code int `json:"code"`
	}
)

const statusError = 2

func (t *Tracer) encode(batch []Span) export {
	spans := make([]spanJSON, len(batch))
	for i, s := range batch {
		spans[i] = spanJSON{
			TraceID: hex.EncodeToString(s.trace[:]), SpanID: hex.EncodeToString(s.id[:]), Name: s.name, Kind: s.kind,
			Start: strconv.FormatInt(s.began.UnixNano(), 10), End: strconv.FormatInt(s.end.UnixNano(), 10), Attributes: attributes(s.attributes),
		}
		if s.parent != [spanSize]byte{} {
			spans[i].ParentID = hex.EncodeToString(s.parent[:])
		}
		if s.failed {
			spans[i].Status = &status{statusError}
		}
	}
	return export{[]resourceSpans{{
		Resource:   resource{attributes([]Attribute{{"service.name", t.cfg.Service}})},
		ScopeSpans: []scopeSpans{{scope{"github.com/rising-stars/showcase"}, spans}},
	}}}
}

func attributes(list []Attribute) []attribute {
	var all []attribute
	for _, a := range list {
		all = append(all, attribute{a.Key, value{a.Value}})
	}
	return all
}
