#!/usr/bin/env bash
# Tries a running contest from outside: readiness, then one synthetic upload until it is processed, then its removal. The
# password and the token go to curl by standard input, so no process list shows them.
#
#   smoke.sh https://ADDRESS
set -euo pipefail

readonly address="${1:?say which address}" api="${1}/api"
readonly wait="${SMOKE_WAIT:-900}" pause="${SMOKE_PAUSE:-5}"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

# ask METHOD PATH [curl options]: the body of the answer. JSON in $body and the token go by standard input.
token="" body=""
ask() {
  local method="$1" path="$2"
  shift 2
  {
    printf 'request = "%s"\nurl = "%s%s"\n' "$method" "$api" "$path"
    if [[ -n "$token" ]]; then printf 'header = "Authorization: Bearer %s"\n' "$token"; fi
    if [[ -n "$body" ]]; then printf 'header = "Content-Type: application/json"\ndata = "%s"\n' "${body//\"/\\\"}"; fi
  } | curl --silent --show-error --fail-with-body --max-time 120 --config - "$@"
}

field() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p"; }

deadline=$((SECONDS + wait))
until curl --silent --fail --output /dev/null --max-time 10 "$address/readyz"; do
  if ((SECONDS >= deadline)); then
    echo "smoke.sh: $address/readyz is not ready after $wait s" >&2
    exit 1
  fi
  sleep "$pause"
done
echo "ready"

if ! command -v ffmpeg > /dev/null; then
  echo "ffmpeg is not installed here, so nothing was uploaded; readiness is all that was tried"
  exit 0
fi
ffmpeg -nostdin -v error -y -f lavfi -i testsrc2=size=1920x1080:rate=30:duration=21 -c:v libx264 -preset ultrafast \
  -pix_fmt yuv420p -f mp4 "$scratch/clip.mp4"

email="smoke-$(date -u +%s)-$RANDOM@example.org"
password="$(head -c 18 /dev/urandom | base64)"
body="{\"first_name\":\"Smoke\",\"last_name\":\"Test\",\"email\":\"$email\",\"password1\":\"$password\",\"password2\":\"$password\",\"city\":\"Bogota\",\"country\":\"Colombia\"}"
ask POST /auth/signup --output /dev/null
body="{\"email\":\"$email\",\"password\":\"$password\"}"
token="$(ask POST /auth/login | field access_token)"
body=""

# Private: the public never sees it.
video="$(ask POST /videos/upload --form "video_file=@$scratch/clip.mp4;type=video/mp4" --form title=Smoke --form is_public=false | field video_id)"
echo "uploaded $video"
deadline=$((SECONDS + wait))
until ask GET "/videos/$video" | grep -q '"status": *"processed"'; do
  if ((SECONDS >= deadline)); then
    echo "smoke.sh: $video is not processed after $wait s" >&2
    exit 1
  fi
  sleep "$pause"
done
ask DELETE "/videos/$video" --output /dev/null
echo "processed and removed"
