package rules

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/rising-stars/showcase/deploy/cfn"
)

var referenceRules = []Rule{
	{"names-exist", "A name that nothing has stops a deploy, also in a branch that is not taken today.", namesExist},
	{"no-cycle", "What waits for itself is never made.", noCycle},
	{"functions-whole", "A function with the wrong arguments, a ${name} that nothing fills in, a Sub without one.", functionsWhole},
	{"there-when-asked", "What is made on a condition may be referred to only where the condition holds.", thereWhenAsked},
	{"nothing-hard-coded", "A zone, region, account or partition that is written down binds the templates to it.", nothingHardCoded},
}

var pseudo = []string{
	"AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region", "AWS::StackId", "AWS::StackName", "AWS::URLSuffix",
}

func namesExist(d *Deployment, report reporter) {
	for name, t := range d.Set {
		for _, section := range []string{"Conditions", "Rules"} { // these know parameters only
			for _, key := range cfn.Keys(cfn.Sub(t.Root, section)) {
				named(d, t, cfn.At(t.Root, section, key), nil, func(format string, args ...any) { report(name+" "+key, format, args...) })
			}
		}
		for _, section := range []cfn.Map{t.Resources, t.Outputs} {
			for _, key := range cfn.Keys(section) {
				named(d, t, section[key], t.Resources, func(format string, args ...any) { report(name+" "+key, format, args...) })
				for _, other := range cfn.List(section[key], "DependsOn") {
					if t.Resources[fmt.Sprint(other)] == nil {
						report(name+" "+key, "waits for %v, which is not there", other)
					}
				}
			}
		}
	}
}

// named reports the names in v that are neither parameters nor among the resources, and conditions that are not there.
func named(d *Deployment, t *cfn.Template, v any, resources cfn.Map, report func(format string, args ...any)) {
	for _, ref := range slices.Sorted(maps.Keys(cfn.Refs(v))) {
		first, attribute, _ := strings.Cut(ref, ".")
		if !slices.Contains(pseudo, ref) && t.Parameters[ref] == nil && resources[first] == nil {
			report("there is no %s", ref)
		}
		output, nested := strings.CutPrefix(attribute, "Outputs.")
		if child := d.Set[childFile(t.Resources, first)]; nested && (child == nil || child.Outputs[output] == nil) {
			report("there is no output %s", ref)
		}
	}
	for _, condition := range conditionsOf(v) {
		if t.Conditions[condition] == nil {
			report("there is no condition %s", condition)
		}
	}
}

// conditionsOf are the names of conditions that v asks for; a policy's Condition is a mapping and none of them.
func conditionsOf(v any) []string {
	var names []string
	cfn.Walk(v, func(v any) {
		if name := cfn.Text(v, "Condition"); name != "" {
			names = append(names, name)
		}
		if branches := cfn.List(v, "Fn::If"); len(branches) > 0 {
			names = append(names, fmt.Sprint(branches[0]))
		}
	})
	return names
}

func noCycle(d *Deployment, report reporter) {
	for name, t := range d.Set {
		waits := map[string][]string{}
		for _, resource := range cfn.Keys(t.Resources) {
			for ref := range cfn.Refs(t.Resources[resource]) {
				first, _, _ := strings.Cut(ref, ".")
				waits[resource] = append(waits[resource], first)
			}
			for _, other := range cfn.List(t.Resources, resource, "DependsOn") {
				waits[resource] = append(waits[resource], fmt.Sprint(other))
			}
		}
		for _, start := range cfn.Keys(t.Resources) {
			if reaches(waits, start, start, map[string]bool{}) {
				report(name+" "+start, "waits for itself")
			}
		}
	}
}

// reaches tells whether one waits for another, itself or through others.
func reaches(waits map[string][]string, one, other string, seen map[string]bool) bool {
	for _, next := range waits[one] {
		if next == other {
			return true
		}
		if !seen[next] {
			seen[next] = true
			if reaches(waits, next, other, seen) {
				return true
			}
		}
	}
	return false
}

// shapes are the functions with the number of their arguments; Ref, GetAtt, Sub, GetAZs and Base64 take one thing.
var shapes = map[string]struct{ least, most int }{
	"Ref": {1, 1}, "Fn::GetAtt": {2, 2}, "Fn::Sub": {1, 1}, "Fn::GetAZs": {1, 1}, "Fn::Base64": {1, 1},
	"Fn::If": {3, 3}, "Fn::Equals": {2, 2}, "Fn::Not": {1, 1}, "Fn::And": {2, 10}, "Fn::Or": {2, 10},
	"Fn::Select": {2, 2}, "Fn::Join": {2, 2}, "Fn::Cidr": {3, 3},
}

var (
	open    = regexp.MustCompile(`\$\{[A-Za-z][A-Za-z0-9:.]*\}`)
	dynamic = regexp.MustCompile(`\{\{resolve:[^}]*(\}[^}]+)*\}\}`)
	// resolvable is the one form of dynamic reference that we use: the whole of a secret that is text.
	resolvable = regexp.MustCompile(`^\{\{resolve:secretsmanager:(\$\{\w+\}|arn:[\w:!/-]+):SecretString\}\}$`)
)

func functionsWhole(d *Deployment, report reporter) {
	for name, t := range d.Set {
		for _, section := range []string{"Conditions", "Rules", "Resources", "Outputs"} {
			for _, key := range cfn.Keys(cfn.Sub(t.Root, section)) {
				whole(cfn.At(t.Root, section, key), func(format string, args ...any) { report(name+" "+key, format, args...) })
			}
		}
		for _, key := range t.OfType("AWS::EC2::LaunchTemplate") {
			if cfn.At(t.Resources, key, "Properties", "LaunchTemplateData", "UserData", "Fn::Base64") == nil {
				report(name+" "+key, "EC2 takes user data in Base64 only")
			}
		}
	}
}

// whole looks at every function under v, but not into what fills a Sub.
func whole(v any, report func(format string, args ...any)) {
	switch found := v.(type) {
	case cfn.Map:
		for _, key := range cfn.Keys(found) {
			if key == "Fn::Sub" {
				subWhole(found[key], report)
				continue
			}
			if strings.HasPrefix(key, "Fn::") || key == "Ref" && len(found) == 1 {
				shaped(key, found, report)
			}
			whole(found[key], report)
		}
	case []any:
		for _, item := range found {
			whole(item, report)
		}
	case string:
		if name := open.FindString(found); name != "" {
			report("%s is filled in by nothing", name)
		}
		resolved(found, report)
	}
}

func shaped(key string, m cfn.Map, report func(format string, args ...any)) {
	shape, known := shapes[key]
	arguments, list := m[key].([]any)
	if !list {
		arguments = []any{m[key]}
	}
	switch {
	case !known:
		report("there is no function %s here", key)
	case len(m) != 1:
		report("%s stands beside something", key)
	case len(arguments) < shape.least || len(arguments) > shape.most:
		report("%s takes %d arguments, not %d", key, shape.least, len(arguments))
	case key == "Fn::Join":
		if _, text := arguments[0].(string); !text {
			report("%s wants a text first", key)
		}
	case key == "Fn::Select":
		if number(arguments[0]) < 0 {
			report("%s wants a number first", key)
		}
	}
}

func subWhole(argument any, report func(format string, args ...any)) {
	text, ok := argument.(string)
	if !ok {
		report("a Sub takes one text here")
		return
	}
	if len(cfn.Placeholders(text)) == 0 {
		report("a Sub of %.40q fills nothing in", text)
	}
	resolved(text, report)
}

func resolved(text string, report func(format string, args ...any)) {
	for _, reference := range dynamic.FindAllString(text, -1) {
		if !resolvable.MatchString(reference) {
			report("%s is no reference to a secret", reference)
		}
	}
}

func thereWhenAsked(d *Deployment, report reporter) {
	for name, t := range d.Set {
		for _, section := range []cfn.Map{t.Resources, t.Outputs} {
			for _, key := range cfn.Keys(section) {
				held := implied(t, cfn.Text(section, key, "Condition"))
				asked(t, section[key], held, func(ref, condition string) {
					report(name+" "+key, "asks for %s, which is there only when %s", ref, condition)
				})
			}
		}
	}
}

// implied are a condition and those that it is made of by And.
func implied(t *cfn.Template, condition string) []string {
	held := []string{condition}
	for _, part := range cfn.List(t.Conditions, condition, "Fn::And") {
		if name := cfn.Text(part, "Condition"); name != "" {
			held = append(held, implied(t, name)...)
		}
	}
	return held
}

// asked reports references under v to what is not there when only the held conditions hold.
func asked(t *cfn.Template, v any, held []string, report func(ref, condition string)) {
	if branches := cfn.List(v, "Fn::If"); len(branches) == 3 {
		asked(t, branches[1], append(slices.Clone(held), implied(t, fmt.Sprint(branches[0]))...), report)
		asked(t, branches[2], held, report)
		return
	}
	switch found := v.(type) {
	case cfn.Map:
		for ref := range cfn.Refs(own(found)) {
			condition := cfn.Text(t.Resources, strings.SplitN(ref, ".", 2)[0], "Condition")
			if condition != "" && !slices.Contains(held, condition) {
				report(ref, condition)
			}
		}
		for _, key := range cfn.Keys(found) {
			asked(t, found[key], held, report)
		}
	case []any:
		for _, item := range found {
			asked(t, item, held, report)
		}
	}
}

// own is a mapping if it is itself a reference, so that what stands under it is not looked at twice.
func own(m cfn.Map) any {
	for _, key := range []string{"Ref", "Fn::GetAtt", "Fn::Sub"} {
		if value, there := m[key]; there {
			return cfn.Map{key: value}
		}
	}
	return nil
}

var bound = map[string]*regexp.Regexp{
	"a zone or region": regexp.MustCompile(`\b(af|ap|ca|eu|il|me|mx|sa|us)-(north|south|east|west|central|northeast|southeast|northwest|southwest)-\d`),
	"a partition":      regexp.MustCompile(`\barn:aws[a-z-]*:`),
	"an account":       regexp.MustCompile(`:\d{12}:`),
}

func nothingHardCoded(d *Deployment, report reporter) {
	for name, t := range d.Set {
		for _, section := range []cfn.Map{t.Conditions, t.Resources, t.Outputs} {
			for _, key := range cfn.Keys(section) {
				cfn.Walk(section[key], func(v any) {
					text, ok := v.(string)
					if !ok {
						return
					}
					for what, expression := range bound {
						if found := expression.FindString(text); found != "" {
							report(name+" "+key, "%s is written down: %s", what, found)
						}
					}
				})
			}
		}
	}
}
