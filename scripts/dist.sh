#!/bin/bash
# Builds the releases that hosts unpack: dist/showcase-linux-{arm64,amd64}.tar.gz, each with its SHA-256 and its bill of
# materials beside it. The same commit gives the same bytes, as long as Debian's archive has the same ffmpeg.
#
#   FFMPEG=none dist.sh     without ffmpeg: for hosts that have one, and for looking at the rest
#   ARCHES=amd64 dist.sh    one of the two
set -euo pipefail

here="$(cd "$(dirname "$0")/.." && pwd)"
cd "$here"
readonly dist="${DIST:-dist}"
read -r -a arches <<< "${ARCHES:-arm64 amd64}"
die() {
  echo "dist.sh: $*" >&2
  exit 1
}
for tool in go tar gzip sha256sum install; do
  command -v "$tool" > /dev/null || die "$tool is not installed"
done
tar --version | grep -q 'GNU tar' || die "GNU tar is needed, which can sort and date what it packs"

# Without a commit there is no date but the beginning of time, and the program does not know its version.
stamp=false date=0
if commit="$(git rev-parse HEAD 2> /dev/null)"; then
  stamp=true
  date="$(git log -1 --format=%ct)"
  if [[ -n "$(git status --porcelain)" ]]; then
    echo "dist.sh: the working tree differs from $commit, and so will the release" >&2
  fi
fi

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir -p "$dist"
go build -buildvcs=false -o "$work/sbom" ./deploy/sbom

pack() {
  local arch="$1" root="$work/$1" name="showcase-linux-$1"
  local -a origin=()
  mkdir -p "$root/hosts/units"
  env -u GOFLAGS CGO_ENABLED=0 GOOS=linux GOARCH="$arch" GOAMD64=v1 GOARM64=v8.0 \
    go build -trimpath -buildvcs=$stamp -ldflags '-s -w' -o "$root/showcase" ./cmd/showcase
  install --mode 0755 deploy/hosts/{install,migrate,secrets,tool,watch}.sh "$root/hosts/"
  install --mode 0644 deploy/hosts/{logins.sql,logrotate.conf,cloudwatch-agent.json} "$root/hosts/"
  install --mode 0644 deploy/hosts/units/* "$root/hosts/units/"
  if [[ "${FFMPEG:-bundle}" == none ]]; then
    echo "dist.sh: $name has no ffmpeg; a worker finds one in its PATH or does no job" >&2
  else
    deploy/hosts/ffmpeg-bundle.sh "$arch" "$root/ffmpeg"
    origin=("$root/ffmpeg/ORIGIN")
  fi
  "$work/sbom" "$root/showcase" "${origin[@]}" > "$root/sbom.cdx.json"
  install --mode 0644 "$root/sbom.cdx.json" "$dist/$name.cdx.json"
  tar --create --directory "$root" --sort=name --mtime="@$date" --owner=0 --group=0 --numeric-owner --format=gnu \
    --mode='u+rwX,go+rX,go-w' . | gzip --best --no-name > "$dist/$name.tar.gz"
  (cd "$dist" && sha256sum "$name.tar.gz" > "$name.tar.gz.sha256" && cat "$name.tar.gz.sha256")
}

for arch in "${arches[@]}"; do
  case "$arch" in
    amd64 | arm64) pack "$arch" ;;
    *) die "$arch is neither amd64 nor arm64" ;;
  esac
done
