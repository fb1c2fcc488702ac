#!/usr/bin/env bash
# Tries all of it on a real account: makes a throw-away environment out of the small size, uploads a video, and takes
# everything down again. It costs money for about an hour (a few dollars) and needs the bootstrap stack and the deployer's
# role; so it does nothing unless it is told to:
#
#   AWS_SMOKE=yes AWS_REGION=us-east-1 ALARM_EMAIL=you@example.org make aws-smoke
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
readonly here env="${SMOKE_ENV:-smoke}"
readonly parameters="$here/parameters/$env.json"
if [[ "${AWS_SMOKE:-}" != yes ]]; then
  echo "aws-smoke.sh: nothing was done. It makes and removes a whole environment on a real account; say AWS_SMOKE=yes if that is wanted" >&2
  exit 2
fi
: "${AWS_REGION:?}" "${ALARM_EMAIL:?}"
if [[ -e "$parameters" ]]; then
  echo "aws-smoke.sh: $parameters is there already; take that environment down, or choose another name with SMOKE_ENV" >&2
  exit 1
fi
if [[ -n "$(git -C "$here" status --porcelain)" ]]; then
  echo "aws-smoke.sh: commit or stash first; the release is what the commit says" >&2
  exit 1
fi
exclude="$(git -C "$here" rev-parse --git-path info/exclude)"
readonly exclude

# Whatever happens, what was made is taken down and said.
finish() {
  local code=$?
  trap - EXIT
  if [[ -n "${made:-}" ]]; then
    printf '%s\n' "$env" | "$here/deploy.sh" "$env" destroy || {
      echo "aws-smoke.sh: showcase-$env is still there and costs money: deploy/deploy.sh $env destroy, with $parameters" >&2
      exit 1
    }
  fi
  rm -f "$parameters"
  exit "$code"
}
trap finish EXIT

# The file is none of the repository's, so that the working tree stays clean for deploy.sh.
mkdir -p "$(dirname "$exclude")"
grep -qsx "/deploy/parameters/$env.json" "$exclude" || echo "/deploy/parameters/$env.json" >> "$exclude"
cp "$here/parameters/small.json" "$parameters"

echo "== change set, changes nothing"
"$here/deploy.sh" "$env" --plan
made=yes
echo "== a throw-away environment"
"$here/deploy.sh" "$env"
"$here/deploy.sh" "$env" status
echo "== the same again, which must change nothing"
"$here/deploy.sh" "$env"
echo "aws-smoke.sh: well"
