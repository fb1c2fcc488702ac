#!/usr/bin/env bash
# Runs the Postman collection against a running contest.
#
#   collections/run.sh [BASE_URL] [CLIP.mp4]
#
# BASE_URL is http://127.0.0.1:8080 unless given. CLIP.mp4 is a video that the contest accepts: MP4, 20 to 60 s, at
# least 1080 lines; without one, ffmpeg makes one. ORGANISER_TOKEN in the environment is the access token of an organiser
# (see showcase organiser add); without one, what only organisers may do is refused and no more. Exit code 0 says that
# every test passed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
base_url=${1:-http://127.0.0.1:8080}
clip=${2:-}

newman="$here/node_modules/.bin/newman"
if [ ! -x "$newman" ]; then
	echo "newman is not installed; run: npm ci --prefix $here" >&2
	exit 2
fi

if [ -z "$clip" ]; then
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
	clip=$scratch/clip.mp4
	ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=1920x1080:rate=15:duration=21 \
		-c:v libx264 -preset ultrafast -pix_fmt yuv420p "$clip"
fi
if [ ! -r "$clip" ]; then
	echo "no such file: $clip" >&2
	exit 2
fi
clip=$(cd "$(dirname "$clip")" && pwd)/$(basename "$clip")

"$newman" run "$here/postman_collection.json" \
	--environment "$here/postman_environment.json" \
	--env-var "base_url=${base_url%/}" \
	--env-var "clip=$clip" \
	--env-var "organiser_token=${ORGANISER_TOKEN:-}" \
	--env-var "not_a_video=$here/package.json" \
	--timeout-request 120000 --timeout 900000 --color off --reporters cli --reporter-cli-no-banner
