#!/bin/sh
# Says which checks will be passed over on this machine: those whose tool only Python's registry has, which setup.sh does
# not use. What else the tests need, setup.sh installs, and without it they fail in CI. `go test` keeps what a test that it
# passes over says to itself, so it is said here, before the tests.
set -eu

without() {
	if command -v "$1" >/dev/null; then return; fi
	echo "NOT CHECKED on this machine, without $1: $2. To have it checked: $3" >&2
}
without cfn-lint 'the templates by cfn-lint (our own rules, the description of types, IAM'\''s reference and cfn-guard do hold them)' \
	'pip install cfn-lint==1.51.0'
without moto_server 'wiring of the stacks, the roles at work under their policies, and our queues against moto'\''s' \
	"pip install 'moto[server]==5.2.1'"
