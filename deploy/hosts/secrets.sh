#!/bin/bash
# Writes the role's secrets into memory (/run is no disk), readable by root alone; systemd passes them on. Runs before the
# services, at every boot and at every restart of showcase-secrets.service.
set -euo pipefail
umask 077

readonly target="${1:-/run/showcase/secrets.env}"
: "${AWS_REGION:?}" "${MASTER_SECRET:?}"

# version SECRET STAGE prints "id<TAB>text", or nothing when the secret has no such version yet.
version() {
  local answer
  if answer="$(aws secretsmanager get-secret-value --region "$AWS_REGION" --secret-id "$1" --version-stage "$2" \
    --query '[VersionId, SecretString]' --output text 2>&1)"; then
    printf '%s' "$answer"
  elif [[ "$2" != AWSPREVIOUS || "$answer" != *ResourceNotFoundException* ]]; then
    printf 'secrets.sh: %s of %s: %s\n' "$2" "$1" "$answer" >&2
    return 1
  fi
}

# key makes 32 bytes in base64 out of a generated text. printf is part of the shell, so no process list shows it.
key() { printf '%s' "$1" | openssl dgst -sha256 -binary | base64 --wrap 0; }

master="$(version "$MASTER_SECRET" AWSCURRENT)"
lines="MASTER_KEY=$(key "${master#*$'\t'}")"$'\n'

if [[ -n "${TOKEN_SECRET:-}" ]]; then
  keys=""
  for stage in AWSCURRENT AWSPREVIOUS; do
    found="$(version "$TOKEN_SECRET" "$stage")"
    if [[ -n "$found" ]]; then
      id="${found%%$'\t'*}"
      keys+="${keys:+,}${id:0:8}:$(key "${found#*$'\t'}")"
    fi
  done
  lines+="JWT_KEYS=$keys"$'\n'
fi

printf '%s' "$lines" > "$target.new"
mv --force "$target.new" "$target"
