package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rising-stars/showcase/deploy/cfn"
)

var limitRules = []Rule{
	{"value-allowed", "CloudFormation takes a value's kind from its type, and the service refuses the value half an hour later.", valueAllowed},
	{"value-known", "A value that nothing here has a limit for is a value that nobody has looked up.", valueKnown},
}

// limit tells what is wrong with a value, or "".
type limit func(value any) string

func between(least, most float64) limit {
	return func(value any) string {
		n, err := strconv.ParseFloat(fmt.Sprint(value), 64)
		if err != nil || n < least || n > most {
			return fmt.Sprintf("%v is not from %.0f to %.0f", value, least, most)
		}
		return ""
	}
}

func oneOf(allowed ...string) limit {
	return func(value any) string {
		if !slices.Contains(allowed, fmt.Sprint(value)) {
			return fmt.Sprintf("%v is none of %v", value, allowed)
		}
		return ""
	}
}

// like is for a form, of at most so many characters.
func like(most int, pattern string) limit {
	expression := regexp.MustCompile("^(?:" + pattern + ")$")
	return func(value any) string {
		text := fmt.Sprint(value)
		if utf8.RuneCountInString(text) > most || !expression.MatchString(text) {
			return fmt.Sprintf("%.60q is not like %s, of at most %d characters", text, pattern, most)
		}
		return ""
	}
}

// text is any text of at most so many characters.
func text(most int) limit { return like(most, `(?s).*`) }

// another resource's name, ARN or address: that it is there is for names-exist, that it is of the right type for
// deploy/spec.
var another = text(2048)

// The forms that several services have in common.
var (
	anARN      = like(2048, `arn:aws:[a-z0-9-]+:[a-z0-9-]*:(\d{12})?:.+`)
	aName      = like(64, `[A-Za-z0-9_-]+`)
	aPath      = like(512, `/([!-~]+/)?`)
	aPort      = between(1, 65535)
	aRange     = like(18, `((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)/(3[0-2]|[12]?\d)`)
	aTime      = like(20, `20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\dZ`)
	aPeriod    = like(5, `10|30|[1-9]\d*0`)
	aStatistic = oneOf("SampleCount", "Average", "Sum", "Minimum", "Maximum")
	aStat      = like(64, `SampleCount|Average|Sum|Minimum|Maximum|p\d{1,2}(\.\d+)?`)
	aNamespace = like(255, `AWS/[A-Za-z0-9]+|CWAgent|Showcase`)
	anID       = like(255, `[a-z][A-Za-z0-9_]*`)
	aManaged   = like(36, `[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	aMethod    = oneOf("GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE")
	aProtocol  = oneOf("tcp", "udp", "icmp", "icmpv6")
	aRule      = like(255, `[A-Za-z0-9. _\-:/()#,@\[\]+=&;{}!$*]*`)
	aHost      = like(253, `[A-Za-z0-9.-]+|arn:aws:elasticloadbalancing:.*`) // Render's balancer has its ARN in its address
)

// limitOf is what AWS's services say of a value that our templates set, by type and property; lists are looked through.
// What the description of a type has itself (deploy/spec) is here too where it matters. It is nil where nobody has looked.
func limitOf(kind, path string) limit {
	if check := ofHosts[kind][path]; check != nil {
		return check
	}
	return ofServices[kind][path]
}

// scalars calls visit for every value of a resource that is no truth, no policy and no tag, with the property's path.
func scalars(path string, value any, visit func(path string, value any)) {
	switch found := value.(type) {
	case cfn.Map:
		for _, key := range cfn.Keys(found) {
			if !slices.Contains([]string{"PolicyDocument", "AssumeRolePolicyDocument", "Tags"}, key) {
				scalars(strings.TrimPrefix(path+"."+key, "."), found[key], visit)
			}
		}
	case []any:
		for _, item := range found {
			scalars(path, item, visit)
		}
	case bool:
	default:
		visit(path, value)
	}
}

func valueAllowed(d *Deployment, report reporter) {
	for _, p := range d.place {
		scalars("", p.Properties, func(path string, value any) {
			if check := limitOf(p.Type, path); check != nil {
				if wrong := check(value); wrong != "" {
					report(p.where()+"."+path, "%s", wrong)
				}
			}
		})
	}
}

func valueKnown(d *Deployment, report reporter) {
	for _, p := range d.place {
		if p.Type == nestedStack {
			continue // its parameters have limits of their own
		}
		scalars("", p.Properties, func(path string, _ any) {
			if limitOf(p.Type, path) == nil {
				report(p.where()+"."+path, "what it may be is written nowhere")
			}
		})
	}
}

const nestedStack = "AWS::CloudFormation::Stack"
