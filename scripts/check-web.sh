#!/bin/sh
# Requires that the site's types hold and that its committed files are what its source builds:
# the API's types from the OpenAPI file, and handlers/webui/dist; and that a voter has little to load.
set -eu

cd "$(dirname "$0")/../web"
PATH=$PWD/../bin/node/node_modules/.bin:$PWD/node_modules/.bin:$PATH
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT

stale() {
	echo "$1 is not what web/ builds; type:  make generate" >&2
	exit 1
}

tsc --noEmit
openapi-typescript ../handlers/httpapi/openapi.yaml --output "$fresh/schema.d.ts" >/dev/null 2>&1
diff -u src/api/schema.d.ts "$fresh/schema.d.ts" || stale web/src/api/schema.d.ts
vite build --outDir "$fresh/dist" --emptyOutDir --logLevel error
diff -r ../handlers/webui/dist "$fresh/dist" || stale handlers/webui/dist
node scripts/budget.mjs >/dev/null
