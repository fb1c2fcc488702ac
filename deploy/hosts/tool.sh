#!/bin/bash
# Runs one of the program's tools on a host with the host's own settings and secrets, for example
#
#   sudo /opt/showcase/current/hosts/tool.sh project rebuild ranking
#
# It may do what the host's role may do, and no more.
set -euo pipefail
if [[ $# -eq 0 || $EUID -ne 0 ]]; then
  echo "usage: sudo $0 COMMAND …   (sudo, since the secrets are root's)" >&2
  exit 2
fi
set -a
# shellcheck source=/dev/null
. <(sed 's/=\(.*\)/='"'"'\1'"'"'/' /etc/showcase/role.env /run/showcase/secrets.env)
set +a
# No second listener: the service has it.
unset METRICS_ADDR HTTP_ADDR
DATABASE_MAX_CONNS=2 exec /opt/showcase/current/showcase "$@"
