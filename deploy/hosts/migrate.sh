#!/bin/bash
# Brings the database to this release's schema and gives each role of IAM its login. Forward only; doing it twice changes
# nothing. The master's password lives in this process's environment for as long as the script runs and nowhere else.
set -euo pipefail

readonly log=/var/log/showcase/migrator.log
here="$(cd "$(dirname "$0")" && pwd)"
readonly here
: "${AWS_REGION:?}" "${DATABASE_HOST:?}" "${DATABASE_MASTER_SECRET:?}"

# The agent sends what was written last before the host ends itself.
trap 'sleep "${FLUSH_SECONDS:-15}"' EXIT
exec > >(tee --append "$log") 2>&1

dnf install --assumeyes --quiet postgresql17

master="$(aws secretsmanager get-secret-value --region "$AWS_REGION" --secret-id "$DATABASE_MASTER_SECRET" \
  --query SecretString --output text)"
# Read from a pipe: an argument would be seen by whoever lists processes.
PGUSER="$(printf '%s' "$master" | python3 -c 'import json, sys; print(json.load(sys.stdin)["username"])')"
PGPASSWORD="$(printf '%s' "$master" | python3 -c 'import json, sys; print(json.load(sys.stdin)["password"])')"
unset master
export PGUSER PGPASSWORD
export PGHOST="$DATABASE_HOST" PGDATABASE=showcase PGSSLMODE=verify-full PGSSLROOTCERT="$here/../rds-ca.pem"

# No password in the address: it is taken from PGPASSWORD.
export DATABASE_URL="postgres://$PGUSER@$PGHOST:5432/$PGDATABASE?sslmode=$PGSSLMODE&sslrootcert=$PGSSLROOTCERT"
export MIGRATE_DATABASE_URL="$DATABASE_URL"

"$here/../showcase" migrate
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --file "$here/logins.sql"
echo "migrated"
