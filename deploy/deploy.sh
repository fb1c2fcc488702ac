#!/usr/bin/env bash
# Brings a commit to AWS, from an empty account to a contest that runs. Takes no secret: AWS makes them, hosts read them.
# Every step may be run again; a step that fails says what to do next. deploy/README.md is the long form.
set -euo pipefail

readonly here="${BASH_SOURCE[0]%/*}"
cd "$here/.."

usage() {
  cat <<'TEXT'
usage: deploy/deploy.sh ENV              deploy the commit that is checked out
       deploy/deploy.sh ENV --dry-run    say what would be run; asks AWS nothing
       deploy/deploy.sh ENV --plan       show what CloudFormation would change, and change nothing
       deploy/deploy.sh ENV status       stacks, hosts, alarms that ring
       deploy/deploy.sh ENV outputs      addresses and names
       deploy/deploy.sh ENV destroy      take it all down, after a snapshot and a question
       deploy/deploy.sh bootstrap        once per account and region, as an administrator

ENV is a file in deploy/parameters, such as small or production.
Settings: AWS_REGION, and for the first deploy of an ENV ALARM_EMAIL; for bootstrap DEPLOYER_ARN (who may deploy).
TEXT
}

say() { printf '%s\n' "$*"; }
die() {
  printf 'deploy.sh: %s\n' "$*" >&2
  exit 1
}

current="" advice=""
# step names what happens now and, for when it fails, what to do then.
step() {
  current="$1" advice="$2"
  say "== $1"
}
finish() {
  local code=$?
  if [[ -n "${scratch:-}" ]]; then rm -rf "$scratch"; fi
  if [[ $code -ne 0 && -n "$current" ]]; then
    printf 'deploy.sh: failed at: %s\nnext: %s\n' "$current" "$advice" >&2
  fi
}
trap finish EXIT

dry=no
# change runs what changes something; a dry run says it instead.
change() {
  if [[ $dry == yes ]]; then
    say "would run: $*"
  else
    "$@"
  fi
}
# ask prints AWS's answer; in a dry run the name of what would be asked for.
ask() {
  local name="$1"
  shift
  if [[ $dry == yes ]]; then
    printf '<%s>' "$name"
  else
    aws "$@" --output text
  fi
}

need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" > /dev/null || die "$tool is not installed; deploy/README.md lists what is needed"
  done
}

output() { # output STACK KEY
  ask "$2 of $1" cloudformation describe-stacks --stack-name "$1" --query "Stacks[0].Outputs[?OutputKey=='$2'].OutputValue"
}

# state prints the stack's status, or nothing when there is no such stack.
state() {
  if [[ $dry == yes ]]; then return; fi
  local answer
  if answer="$(aws cloudformation describe-stacks --stack-name "$1" --query 'Stacks[0].StackStatus' --output text 2>&1)"; then
    printf '%s' "$answer"
  elif [[ "$answer" != *"does not exist"* ]]; then
    printf '%s\n' "$answer" >&2
    return 1
  fi
}

check_credentials() {
  step "credentials" "log in (aws sso login, or set AWS_PROFILE) and set AWS_REGION, then run this again"
  [[ -n "${AWS_REGION:-}" ]] || die "AWS_REGION is not set"
  export AWS_REGION AWS_DEFAULT_REGION="$AWS_REGION" AWS_PAGER=""
  account="$(ask account sts get-caller-identity --query Account)"
  say "account $account, region $AWS_REGION"
}

lint() {
  step "templates" "mend what the rule names; deploy/rules says why it is a rule"
  if command -v cfn-lint > /dev/null; then
    cfn-lint --config-file deploy/.cfnlintrc --non-zero-exit-code warning deploy/cloudformation/*.yaml
  else
    say "cfn-lint is not installed, so our own rules alone look at the templates (pip install cfn-lint==1.51.0)"
  fi
  go test -count=1 ./deploy/rules
}

bootstrap() {
  need aws
  check_credentials
  step "bootstrap" "this needs an administrator; aws cloudformation describe-stack-events --stack-name $base says what was refused"
  local role
  change aws cloudformation deploy --stack-name "$base" --template-file deploy/cloudformation/00-bootstrap.yaml \
    --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset --parameter-overrides "DeployerPrincipalArn=${DEPLOYER_ARN:-arn:aws:iam::$account:root}"
  role="$(output "$base" DeployerRoleArn)"
  say "deployer role: $role"
}

# parameters prints Key=Value lines: the file of the size, and what is found out here.
parameters() {
  sed -n 's/^ *"\([A-Za-z0-9]*\)": *"\([^"]*\)",\{0,1\}$/\1=\2/p' "deploy/parameters/$env.json"
  printf '%s\n' "EnvironmentName=$env" "ArtifactBucketName=$bucket" "CloudFrontPrefixListId=$edges"
  if [[ -n "${ALARM_EMAIL:-}" ]]; then printf '%s\n' "AlarmEmail=$ALARM_EMAIL"; fi
  if [[ -n "$address" ]]; then printf '%s\n' "SiteOrigin=$address"; fi
}

find_base() {
  step "bootstrap stack" "run deploy/deploy.sh bootstrap once, as an administrator"
  bucket="$(output "$base" ArtifactBucketName)"
  execution="$(output "$base" ExecutionRoleArn)"
  [[ -n "$bucket" && "$bucket" != None ]] || die "there is no bootstrap stack in this account and region"
  edges="$(ask "CloudFront's prefix list" ec2 describe-managed-prefix-lists \
    --filters Name=prefix-list-name,Values=com.amazonaws.global.cloudfront.origin-facing --query 'PrefixLists[0].PrefixListId')"
}

find_stack() {
  step "stack $stack" "look at: aws cloudformation describe-stack-events --stack-name $stack"
  before="$(state "$stack")"
  address=""
  case "$before" in
    "") [[ -n "${ALARM_EMAIL:-}" || $dry == yes ]] || die "ALARM_EMAIL is not set; somebody must hear the alarms" ;;
    *_IN_PROGRESS) die "$stack is being changed ($before); wait for: aws cloudformation describe-stacks --stack-name $stack" ;;
    ROLLBACK_COMPLETE | DELETE_FAILED) die "$stack is $before and can only be deleted: deploy/deploy.sh $env destroy" ;;
    UPDATE_ROLLBACK_FAILED) die "$stack is stuck: aws cloudformation continue-update-rollback --stack-name $stack" ;;
    *)
      address="$(output "$stack" PublicUrl)"
      if [[ "$address" == None ]]; then address=""; fi
      ;;
  esac
}

build() {
  step "release $release" "make dist must end well by itself; then run this again"
  digest=""
  if [[ $dry == no ]] && digest="$(aws s3 cp "s3://$bucket/$prefix/$archive.sha256" - 2> /dev/null)"; then
    say "is in the bucket already, and a release never changes"
    digest="${digest%% *}"
    return
  fi
  change make dist
  if [[ $dry == yes ]]; then
    digest="<sha256>"
  else
    digest="$(cut -d ' ' -f 1 "dist/$archive.sha256")"
  fi
  step "upload of the release" "run this again; what is there is used"
  change curl --silent --show-error --fail --output "$scratch/rds-ca.pem" https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem
  change aws s3 cp --only-show-errors "$scratch/rds-ca.pem" "s3://$bucket/$prefix/rds-ca.pem"
  change aws s3 cp --only-show-errors "dist/$archive" "s3://$bucket/$prefix/$archive"
  # Last, since its presence says that the rest is there.
  change aws s3 cp --only-show-errors "dist/$archive.sha256" "s3://$bucket/$prefix/$archive.sha256"
}

package() {
  step "templates into the bucket" "run this again"
  change aws cloudformation package --template-file deploy/cloudformation/main.yaml --s3-bucket "$bucket" \
    --s3-prefix templates --output-template-file "$scratch/main.yaml"
}

# apply deploys with the parameters and what is given besides.
apply() {
  local -a settings extra=()
  mapfile -t settings < <(parameters)
  # What was made stays when a first deploy fails, so that the cause can be seen and the next run goes on from there.
  case "$before" in "" | CREATE_FAILED | UPDATE_FAILED) extra=(--disable-rollback) ;; esac
  change aws cloudformation deploy --stack-name "$stack" --template-file "$scratch/main.yaml" --role-arn "$execution" \
    --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --no-fail-on-empty-changeset "${extra[@]}" \
    --tags project=showcase "environment=$env" --parameter-overrides "${settings[@]}" "$@"
}

deploy_stacks() {
  local events="aws cloudformation describe-stack-events --stack-name $stack"
  if [[ -z "$before" ]]; then
    step "data stacks" "see what failed ($events), mend it and run this again: nothing was rolled back"
    apply
  fi
  step "migrations and application" \
    "see what failed ($events; of the migrator: aws logs tail /showcase/$env/migrator), mend it and run this again"
  apply "ReleaseId=$release" "ReleaseSha256=$digest"
  change aws cloudformation update-termination-protection --enable-termination-protection --stack-name "$stack"
}

# Hosts of the new release answer links to a video with pages that name its assets, so those are there before them. Files
# under assets have a digest in their name and never change; old ones stay, for visitors who have an old page open.
upload_assets() {
  step "the site's assets" "run this again"
  local site=handlers/webui/dist
  [[ -d $site ]] || return 0
  change aws s3 sync --only-show-errors "$site/assets" "s3://$(output "$stack" SiteBucketName)/assets" \
    --cache-control 'public, max-age=31536000, immutable'
}

upload_site() {
  step "static site" "run this again"
  local site=handlers/webui/dist target distribution
  target="s3://$(output "$stack" SiteBucketName)"
  address="$(output "$stack" PublicUrl)"
  distribution="$(output "$stack" DistributionId)"
  if [[ ! -d $site ]]; then
    say "there is no $site, so there is no site to upload"
    return
  fi
  # Empty: the site and the API have the same origin, which is CloudFront's.
  printf '{"api": ""}\n' > "$scratch/config.json"
  # Pages go after the assets, since they name them, and are asked for each time.
  change aws s3 sync --only-show-errors "$site" "$target" --exclude 'assets/*' --exclude config.json --cache-control no-cache
  change aws s3 cp --only-show-errors "$scratch/config.json" "$target/config.json" --cache-control no-cache --content-type application/json
  change aws cloudfront create-invalidation --distribution-id "$distribution" \
    --paths '/*' --query Invalidation.Id --output text
}

smoke() {
  step "smoke test" "deploy/deploy.sh $env status, then the alarms' chapter in deploy/README.md"
  change deploy/smoke.sh "$address"
}

deploy() {
  need aws git make curl go sed
  check_credentials
  step "commit" "commit or stash, so that the release is what its name says"
  release="$(git rev-parse HEAD)"
  [[ -z "$(git status --porcelain)" ]] || die "the working tree differs from the commit"
  prefix="releases/$release"
  lint
  find_base
  find_stack
  build
  package
  if [[ -n "$address" ]]; then
    upload_assets
    deploy_stacks
  else
    deploy_stacks # which make the bucket
    upload_assets
  fi
  upload_site
  smoke
  current=""
  say "the contest: $address"
  say "the API:     $address/api"
}

plan() {
  local name
  name="plan-$(date -u +%Y%m%d%H%M%S)"
  need aws sed
  check_credentials
  find_base
  find_stack
  package
  step "change set" "look at: aws cloudformation describe-change-set --stack-name $stack --change-set-name $name"
  local kind=UPDATE line
  local -a settings=()
  while IFS= read -r line; do settings+=("ParameterKey=${line%%=*},ParameterValue=${line#*=}"); done < <(parameters)
  if [[ -z "$before" ]]; then
    kind=CREATE
  else
    # The release stays: what it replaces is known (every host), and the templates are what a plan is about.
    settings+=("ParameterKey=ReleaseId,UsePreviousValue=true" "ParameterKey=ReleaseSha256,UsePreviousValue=true")
    if [[ -z "${ALARM_EMAIL:-}" ]]; then settings+=("ParameterKey=AlarmEmail,UsePreviousValue=true"); fi
  fi
  aws cloudformation create-change-set --stack-name "$stack" --change-set-name "$name" --change-set-type "$kind" \
    --include-nested-stacks --template-body "file://$scratch/main.yaml" --role-arn "$execution" \
    --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --parameters "${settings[@]}" --query Id --output text
  if aws cloudformation wait change-set-create-complete --stack-name "$stack" --change-set-name "$name"; then
    aws cloudformation describe-change-set --stack-name "$stack" --change-set-name "$name" --output table \
      --query 'Changes[].ResourceChange.[Action, LogicalResourceId, ResourceType, Replacement]'
  else
    aws cloudformation describe-change-set --stack-name "$stack" --change-set-name "$name" --query StatusReason --output text
  fi
  aws cloudformation delete-change-set --stack-name "$stack" --change-set-name "$name"
}

status() {
  need aws
  check_credentials
  step "status" "is $env deployed in this account and region?"
  before="$(state "$stack")"
  say "$stack: ${before:-not there}"
  # shellcheck disable=SC2016 # the backticks are JMESPath's
  aws autoscaling describe-auto-scaling-groups --filters "Name=tag:Environment,Values=$env" --output table \
    --query 'AutoScalingGroups[].[AutoScalingGroupName, MinSize, DesiredCapacity, MaxSize, length(Instances[?LifecycleState==`InService`])]'
  aws cloudwatch describe-alarms --alarm-name-prefix "$stack" --state-value ALARM --output table \
    --query 'MetricAlarms[].[AlarmName, AlarmDescription]'
}

outputs() {
  need aws
  check_credentials
  step "outputs" "is $env deployed in this account and region?"
  aws cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].Outputs[].[OutputKey, OutputValue]' --output text
}

destroy() {
  need aws
  check_credentials
  step "destroy $env" "run this again"
  local database snapshot typed
  database="$(output "$stack" DatabaseIdentifier)"
  execution="$(output "$base" ExecutionRoleArn)"
  say "This takes down $stack. Videos, secrets and logs stay, and so do snapshots of the database; hosts, queues and addresses go."
  printf 'Type the name of the environment to go on: '
  read -r typed
  [[ "$typed" == "$env" ]] || die "that is not $env; nothing was done"
  if [[ -n "$database" && "$database" != None ]]; then
    snapshot="$stack-$(date -u +%Y%m%d-%H%M%S)"
    step "snapshot $snapshot" "nothing was deleted; mend the cause and run this again"
    aws rds create-db-snapshot --db-instance-identifier "$database" --db-snapshot-identifier "$snapshot" --query DBSnapshot.Status --output text
    aws rds wait db-snapshot-available --db-snapshot-identifier "$snapshot"
    aws rds modify-db-instance --db-instance-identifier "$database" --no-deletion-protection --apply-immediately \
      --query DBInstance.DBInstanceStatus --output text
  fi
  step "deletion of $stack" "aws cloudformation describe-stack-events --stack-name $stack, then run this again"
  aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name "$stack"
  aws cloudformation delete-stack --stack-name "$stack" --role-arn "$execution"
  aws cloudformation wait stack-delete-complete --stack-name "$stack"
  say "gone. Kept: the buckets and secrets of $stack, its log groups, its snapshots${snapshot:+ (the newest is $snapshot)}."
}

readonly base=showcase-bootstrap archive=showcase-linux-arm64.tar.gz
if [[ $# -ge 3 ]]; then
  # Not repeated here: what was typed may be a password.
  die "the form ENV KEYPAIR DB_PASSWORD JWT_SECRET is gone. No key pair is needed (Session Manager), the database's password
is made and kept by RDS, and the token key by Secrets Manager; what you have just typed is in your shell's history, so change
it wherever it is used. Run: deploy/deploy.sh ENV"
fi
case "${1:-}" in
  "" | -h | --help)
    usage
    exit 0
    ;;
  bootstrap)
    bootstrap
    exit 0
    ;;
esac
env="$1"
[[ "$env" =~ ^[a-z][a-z0-9-]{1,19}$ && -f "deploy/parameters/$env.json" ]] || {
  usage >&2
  die "there is no deploy/parameters/$env.json"
}
readonly env stack="showcase-$env"
scratch="$(mktemp -d)"
readonly scratch

case "${2:-deploy}" in
  deploy) deploy ;;
  --dry-run)
    dry=yes
    deploy
    ;;
  --plan) plan ;;
  status) status ;;
  outputs) outputs ;;
  destroy) destroy ;;
  *)
    usage >&2
    die "that is not known; see above"
    ;;
esac
