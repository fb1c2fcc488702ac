package rules

import (
	"cmp"
	"fmt"
	"slices"
)

// Rule is one thing that must hold.
type Rule struct {
	Name  string
	Why   string
	check func(d *Deployment, report reporter)
}

// Finding is a place where a rule does not hold.
type Finding struct {
	Rule  string
	Where string // template and resource
	Text  string
}

func (f Finding) String() string { return fmt.Sprintf("%s: %s: %s", f.Rule, f.Where, f.Text) }

// reporter takes one finding of the rule that is being checked.
type reporter func(where, format string, args ...any)

// All are all rules.
func All() []Rule {
	return slices.Concat(networkRules, dataRules, hostRules, scalingRules, watchRules, accessRules, wiringRules,
		templateRules, referenceRules, policyRules, limitRules, togetherRules)
}

// Check tells where d breaks a rule, each place once, in a fixed order.
func Check(d *Deployment) []Finding {
	var found []Finding
	for _, r := range All() {
		found = append(found, r.Check(d)...)
	}
	slices.SortFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Where, b.Where), cmp.Compare(a.Text, b.Text))
	})
	return found
}

// Check tells where d breaks this rule, each place once, in no order.
func (r Rule) Check(d *Deployment) []Finding {
	var found []Finding
	r.check(d, func(where, format string, args ...any) {
		f := Finding{Rule: r.Name, Where: where, Text: fmt.Sprintf(format, args...)}
		if !slices.Contains(found, f) {
			found = append(found, f)
		}
	})
	return found
}
