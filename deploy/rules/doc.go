// Package rules checks the templates, the units and the settings in deploy against what went wrong elsewhere: secrets in
// parameters, groups open to the world, scaling on the wrong number, alarms that nobody hears, and so on. Every rule has a
// name, a reason, and in the tests at least one fault that is put back into our own templates and must be found under that
// name. Grammar, names, functions, policies and the limits of values are among them, since cfn-lint is not on every
// machine; the types of resources are deploy/spec's. What only a real account can tell (that CloudFormation accepts, that a
// host boots) is listed in deploy/README.md and never claimed here.
package rules
