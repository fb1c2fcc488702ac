package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/rising-stars/showcase/deploy/cfn"
	"github.com/rising-stars/showcase/deploy/rules"
	"github.com/rising-stars/showcase/internal/e2e"
)

// moto is a server of that name.
type moto struct {
	t        *testing.T
	base     string
	policies map[string]cfn.Map // by identity and name
}

func startMoto(t *testing.T) *moto {
	t.Helper()
	program, err := exec.LookPath("moto_server")
	if err != nil {
		t.Skip("moto_server is not on this machine and cannot be installed by the project, so nobody was held to the policies (pip install 'moto[server]==5.2.1')")
	}
	addr := e2e.FreeAddr(t)
	host, port, _ := strings.Cut(addr, ":")
	e2e.Start(t, e2e.Command{Path: program, Args: []string{"-H", host, "-p", port}})
	m := &moto{t, "http://" + addr, map[string]cfn.Map{}}
	e2e.Eventually(t, "moto answers", func() bool {
		_, err := m.post("/moto-api/reset", "application/x-www-form-urlencoded", "")
		return err == nil
	})
	return m
}

func (m *moto) post(path, kind, body string) ([]byte, error) {
	request, err := http.NewRequestWithContext(m.t.Context(), http.MethodPost, m.base+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", kind)
	if service, _, ok := strings.Cut(strings.TrimPrefix(path, "/?"), "&"); ok || strings.HasPrefix(path, "/?") {
		request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=x")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.500s", response.Status, text)
	}
	return text, err
}

// ask sends an action of a query interface.
func (m *moto) ask(service string, form url.Values, answer any) {
	m.t.Helper()
	text, err := m.post("/?"+service, "application/x-www-form-urlencoded", form.Encode())
	if err == nil {
		err = xml.Unmarshal(text, answer)
	}
	if err != nil {
		m.t.Fatalf("%s: %v", form.Get("Action"), err)
	}
}

// enforce holds everybody to their policies from now on; relax nobody.
func (m *moto) enforce() { m.unchecked("0") }

func (m *moto) relax() { m.unchecked("inf") }

// unchecked says how many calls moto lets pass unseen.
func (m *moto) unchecked(calls string) {
	m.t.Helper()
	if _, err := m.post("/moto-api/reset-auth", "text/plain", calls); err != nil {
		m.t.Fatal(err)
	}
}

// unknownQueue is beside our policies, since moto does not see which queue GetQueueUrl asks for and so decides about all
// queues. deploy/rules holds the templates to the queue.
const unknownQueue = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:GetQueueUrl", "Resource": "*"}]}`

// batched adds the names of batches: AWS decides about SendMessageBatch as about SendMessage, moto as about another action.
var batched = strings.NewReplacer(
	`"Action":"sqs:SendMessage"`, `"Action":["sqs:SendMessage","sqs:SendMessageBatch"]`,
	`"sqs:SendMessage"`, `"sqs:SendMessage","sqs:SendMessageBatch"`,
)

// roles makes the hosts' roles with the policies that the templates give them, and becomes each.
func (m *moto) roles(identities ...string) map[string]key {
	m.t.Helper()
	d, err := rules.Read(os.DirFS("../../deploy"))
	if err != nil {
		m.t.Fatal(err)
	}
	s, err := d.Render("small")
	if err != nil {
		m.t.Fatal(err)
	}
	keys := map[string]key{}
	for _, identity := range identities {
		role := s.Child(identity).Resources["Role"].Properties
		m.policies[identity] = cfn.Map{"moto": m.parse(unknownQueue)}
		for _, policy := range cfn.List(role, "Policies") {
			m.policies[identity][cfn.Text(policy, "PolicyName")] = m.parse(batched.Replace(m.json(policy.(cfn.Map)["PolicyDocument"])))
		}
		keys[identity] = m.role(identity, role["AssumeRolePolicyDocument"])
		m.let(identity, "")
	}
	return keys
}

// role makes a role and becomes it.
func (m *moto) role(name string, trust any) key {
	m.t.Helper()
	m.ask("iam", url.Values{"Action": {"CreateRole"}, "Version": {"2010-05-08"}, "RoleName": {name}, "AssumeRolePolicyDocument": {m.json(trust)}}, new(struct{}))
	var assumed struct {
		Credentials struct {
			AccessKeyID     string `xml:"AccessKeyId"`
			SecretAccessKey string
			SessionToken    string
		} `xml:"AssumeRoleResult>Credentials"`
	}
	m.ask("sts", url.Values{
		"Action": {"AssumeRole"}, "Version": {"2011-06-15"}, "RoleArn": {"arn:aws:iam::" + cfn.Account + ":role/" + name}, "RoleSessionName": {"host"},
	}, &assumed)
	return key(assumed.Credentials)
}

// let gives an identity all its policies but for the statement of that name; it fails when there is none. The policies are
// in force at once, also for who has become the identity before.
func (m *moto) let(identity, but string) {
	m.t.Helper()
	left := but == ""
	for _, name := range cfn.Keys(m.policies[identity]) {
		document := maps.Clone(m.policies[identity][name].(cfn.Map))
		var kept []any
		for _, statement := range cfn.List(document, "Statement") {
			if but != "" && cfn.Text(statement, "Sid") == but {
				left = true
				continue
			}
			kept = append(kept, statement)
		}
		document["Statement"] = kept
		m.put(identity, name, m.json(document))
	}
	if !left {
		m.t.Fatalf("%s has no statement %s", identity, but)
	}
}

func (m *moto) put(identity, name, document string) {
	m.t.Helper()
	m.ask("iam", url.Values{
		"Action": {"PutRolePolicy"}, "Version": {"2010-05-08"}, "RoleName": {identity}, "PolicyName": {name}, "PolicyDocument": {document},
	}, new(struct{}))
}

func (m *moto) parse(document string) (parsed cfn.Map) {
	m.t.Helper()
	if err := json.Unmarshal([]byte(document), &parsed); err != nil {
		m.t.Fatal(err)
	}
	return parsed
}

func (m *moto) json(v any) string {
	m.t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		m.t.Fatal(err)
	}
	return string(text)
}

func (m *moto) clients(k key) clients {
	cfg := aws.Config{
		Region: cfn.Region, BaseEndpoint: aws.String(m.base), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(k.AccessKeyID, k.SecretAccessKey, k.SessionToken),
	}
	return clients{
		s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }), sqs.NewFromConfig(cfg),
		m.base + "/" + cfn.Account + "/" + queuePrefix,
	}
}
