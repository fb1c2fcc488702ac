#!/bin/bash
# Restarts an API that no longer answers at all. Liveness, not readiness: while the database is away a restart mends nothing.
set -euo pipefail
: "${HTTP_ADDR:?}"

if ! curl --silent --fail --output /dev/null --max-time 5 --retry 2 --retry-delay 5 --retry-all-errors \
  "http://127.0.0.1:${HTTP_ADDR##*:}/healthz"; then
  echo "watch.sh: the API does not answer; restarting it"
  systemctl restart showcase-api.service
fi
