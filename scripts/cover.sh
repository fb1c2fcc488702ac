#!/bin/sh
# Requires that the tests of the vocabulary and of the rules reach every statement of both; prints those they do not.
# aggregates/scenario is left out: it is what those tests are written with.
set -eu

packages=$(go list ./events/... ./aggregates/... | grep -v '/aggregates/scenario$')
profile=$(mktemp)
trap 'rm -f "$profile"' EXIT

# shellcheck disable=SC2086 # one argument per package
if ! output=$(go test -coverprofile="$profile" -coverpkg="$(echo "$packages" | paste -sd, -)" $packages 2>&1); then
	echo "$output"
	exit 1
fi

# A line of the profile is a block, its number of statements, and how often one package's tests ran it.
awk '
	NR > 1 { statements[$1] = $2; runs[$1] += $3 }
	END {
		for (block in runs) {
			if (statements[block] > 0 && runs[block] == 0) { print "no test reaches " block | "sort"; missed++ }
		}
		if (NR < 2) { print "nothing was measured"; missed++ }
		exit missed > 0
	}' "$profile"
