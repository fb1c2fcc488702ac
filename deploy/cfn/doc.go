// Package cfn reads the templates in deploy/cloudformation, so that rules can be checked against them and the simulator
// can take its figures from them instead of from a copy. Load parses the YAML with its short tags; Render works out what
// CloudFormation would, for given parameters, across the nested stacks, with invented names and ARNs for what only AWS
// knows. It never talks to AWS, and it knows no more intrinsic functions than the templates use: an unknown one is an
// error, never a guess.
package cfn
