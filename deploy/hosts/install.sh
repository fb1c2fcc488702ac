#!/bin/bash
# Makes a host of a role out of the release that this file lies in. Run as root by user data, once, at first boot; its exit
# code is what CloudFormation is told. Settings come from /etc/showcase/host.env; none of them is a secret.
#
#   install.sh web|relay|worker|migrator
set -euo pipefail

readonly role="${1:?say which role: web, relay, worker or migrator}"
release="$(cd "$(dirname "$0")/.." && pwd)"
readonly release here="$release/hosts" etc=/etc/showcase log=/var/log/showcase

case "$role" in
  web) services=(api) ;;
  relay) services=(relay project) ;;
  worker) services=(transcode) ;;
  migrator) services=() ;;
  *)
    echo "install.sh: $role is no role; there are web, relay, worker and migrator" >&2
    exit 2
    ;;
esac

set -a
# shellcheck source=/dev/null
. "$etc/host.env"
set +a

# Nobody logs in by SSH: Session Manager needs no port.
systemctl disable --now sshd.service

ship_logs() {
  dnf install --assumeyes --quiet amazon-cloudwatch-agent
  install --directory --mode 0750 "$log"
  install --mode 0644 "$here/logrotate.conf" /etc/logrotate.d/showcase
  sed -e "s/@ENVIRONMENT@/$ENVIRONMENT/g" -e "s/@ROLE@/$role/g" "$here/cloudwatch-agent.json" > "$etc/cloudwatch-agent.json"
  /opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl \
    -a fetch-config -m ec2 -c "file:$etc/cloudwatch-agent.json" -s
}

# Addresses whose X-Forwarded-For is believed: the balancer's, which are the network's, and CloudFront's.
proxies() {
  printf '%s' "$VPC_CIDR"
  aws ec2 get-managed-prefix-list-entries --region "$AWS_REGION" --prefix-list-id "$PROXY_LIST" \
    --query 'Entries[].Cidr' --output text | tr '\t' '\n' | sed '/^$/d; s/^/,/' | tr -d '\n'
}

settings() {
  cat "$etc/host.env"
  # The role in IAM is the password: the process asks for a token of fifteen minutes for each new connection.
  echo "DATABASE_URL=postgres://showcase_$role@$DATABASE_HOST:5432/showcase?sslmode=verify-full&sslrootcert=/opt/showcase/current/rds-ca.pem"
  echo "DATABASE_AUTH=rds-iam"
  if [[ "$role" == web ]]; then echo "TRUSTED_PROXIES=$(proxies)"; fi
}

# start enables the role's units and waits until they do their work.
start() {
  install --mode 0644 "$here"/units/*.service "$here"/units/*.timer /etc/systemd/system/
  systemctl daemon-reload
  local name
  for name in "${services[@]}"; do systemctl enable --now "showcase-$name.service"; done
  if [[ "$role" == web ]]; then
    systemctl enable --now showcase-watch.timer
    curl --silent --show-error --fail --output /dev/null --retry 60 --retry-delay 5 --retry-all-errors --max-time 5 \
      "http://127.0.0.1:${HTTP_ADDR##*:}/readyz"
    return
  fi
  sleep 20
  for name in "${services[@]}"; do
    if [[ "$(systemctl show --property NRestarts --value "showcase-$name.service")" != 0 ]]; then
      echo "install.sh: $name does not stay up; its log follows" >&2
      tail --lines 20 "$log/$name.log" >&2
      exit 1
    fi
  done
}

ship_logs
# shellcheck disable=SC2153 # RELEASE is a setting of host.env
aws s3 cp --only-show-errors "$RELEASE/rds-ca.pem" "$release/rds-ca.pem"
chmod 0644 "$release/rds-ca.pem"
ln --symbolic --force --no-dereference "$release" /opt/showcase/current

if [[ "$role" == migrator ]]; then
  exec "$here/migrate.sh"
fi
(umask 022 && settings > "$etc/role.env")
start
