#!/bin/bash
# Packs Debian's ffmpeg with the libraries that it needs and the licence of each, for hosts whose distribution has none
# (Amazon Linux). Run on Debian 12; apt checks the archive's signatures, so the origin is Debian's archive, and the licence is
# the GPL, version 2 or later, as Debian builds it. The programs look for their loader in /opt/showcase/current/ffmpeg.
#
#   ffmpeg-bundle.sh amd64|arm64 FOLDER
set -euo pipefail

readonly arch="${1:?say amd64 or arm64}" target="${2:?say which folder}"
readonly home=/opt/showcase/current/ffmpeg
for tool in apt-get apt-cache dpkg-deb patchelf; do
  command -v "$tool" > /dev/null || {
    echo "ffmpeg-bundle.sh: $tool is not installed; on Debian: apt-get install patchelf" >&2
    exit 1
  }
done
case "$arch" in
  amd64) triple=x86_64-linux-gnu loader=ld-linux-x86-64.so.2 ;;
  arm64) triple=aarch64-linux-gnu loader=ld-linux-aarch64.so.1 ;;
  *)
    echo "ffmpeg-bundle.sh: $arch is neither amd64 nor arm64" >&2
    exit 2
    ;;
esac
if [[ "$arch" != "$(dpkg --print-architecture)" ]] && ! dpkg --print-foreign-architectures | grep -qx "$arch"; then
  echo "ffmpeg-bundle.sh: first: dpkg --add-architecture $arch && apt-get update" >&2
  exit 1
fi

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/debs" "$work/root" "$target/bin" "$target/lib" "$target/licences"

# fetch takes packages of the archive, each into a folder of its own; a name that is only virtual is passed over.
fetch() {
  local -a real
  local deb
  mapfile -t real < <(apt-cache show "${@/%/:$arch}" 2> /dev/null | sed -n 's/^Package: //p' | sort -u)
  (cd "$work/debs" && apt-get -o APT::Sandbox::User=root download --quiet=2 "${real[@]/%/:$arch}")
  for deb in "$work"/debs/*.deb; do
    local name
    name="$(dpkg-deb --field "$deb" Package)"
    if [[ -d "$work/root/$name" ]]; then continue; fi
    mkdir "$work/root/$name"
    dpkg-deb --extract "$deb" "$work/root/$name"
    dpkg-deb --field "$deb" Pre-Depends Depends | sed 's/^[A-Za-z-]*: //' | tr ',' '\n' |
      sed 's/|.*//; s/(.*//; s/:any//; s/ //g; /^$/d' | sort -u > "$work/root/$name.depends"
  done
}
# index holds where each library is; needs, which libraries a file names.
declare -A index=() needs=()
take_stock() {
  local name path
  while IFS=$'\t' read -r name path; do index[$name]="${index[$name]:-$path}"; done < <(
    find "$work/root" -path '*/lib*/*' -name '*.so*' \( -type f -o -type l \) -printf '%f\t%p\n' | sort
  )
}
# owner is the package that a file under root came from.
owner() {
  local rest="${1#"$work/root/"}"
  printf '%s' "${rest%%/*}"
}

# Round by round: of what is there, whatever still lacks a library brings in the packages that its own package depends on.
# So nothing comes that no program links to, however long the list of dependencies is.
wanted=(ffmpeg)
declare -A from=()
for round in {1..20}; do
  fetch "${wanted[@]}"
  take_stock
  wanted=()
  queue=("$work/root/ffmpeg/usr/bin/ffmpeg" "$work/root/ffmpeg/usr/bin/ffprobe")
  from=()
  while ((${#queue[@]})); do
    subject="${queue[0]}"
    queue=("${queue[@]:1}")
    needs[$subject]="${needs[$subject]-$(patchelf --print-needed "$subject")}"
    while IFS= read -r library; do
      if [[ -z "$library" || -n "${from[$library]:-}" ]]; then continue; fi
      found="${index[$library]:-}"
      if [[ -n "$found" ]]; then
        from[$library]="$found"
        queue+=("$found")
      else
        mapfile -t -O "${#wanted[@]}" wanted < "$work/root/$(owner "$subject").depends"
      fi
    done <<< "${needs[$subject]}"
  done
  if ((${#wanted[@]} == 0)); then break; fi
  mapfile -t wanted < <(printf '%s\n' "${wanted[@]}" | sort -u)
done
if ((${#wanted[@]})); then
  echo "ffmpeg-bundle.sh: after $round rounds something is still missing, of ${wanted[*]}" >&2
  exit 1
fi

for program in ffmpeg ffprobe; do install --mode 0755 "$work/root/ffmpeg/usr/bin/$program" "$target/bin/$program"; done
from[$loader]="${from[$loader]:-${index[$loader]}}"
declare -A owners=()
for library in "${!from[@]}"; do
  install --mode 0755 "$(readlink --canonicalize "${from[$library]}")" "$target/lib/$library"
  owners[$(owner "${from[$library]}")]=1
done
owners[ffmpeg]=1
for program in ffmpeg ffprobe; do
  patchelf --set-interpreter "$home/lib/$loader" --force-rpath --set-rpath "$home/lib" "$target/bin/$program"
done
for library in "$target"/lib/*; do
  if [[ "${library##*/}" != "$loader" ]]; then patchelf --force-rpath --set-rpath "$home/lib" "$library"; fi
done

# licence_of finds a package's licence. Some have only a link to the papers of the package that they are built with.
licence_of() {
  local papers="$work/root/$1/usr/share/doc/$1"
  if [[ -L "$papers" ]]; then
    local built_with
    built_with="$(basename "$(readlink "$papers")")"
    if [[ ! -d "$work/root/$built_with" ]]; then fetch "$built_with" >&2; fi
    papers="$work/root/$built_with/usr/share/doc/$built_with"
  fi
  printf '%s' "$papers/copyright"
}
for deb in "$work"/debs/*.deb; do
  package="$(dpkg-deb --field "$deb" Package)"
  if [[ -z "${owners[$package]:-}" ]]; then continue; fi
  install --mode 0644 "$(licence_of "$package")" "$target/licences/$package"
  printf '%s %s %s\n' "$package" "$(dpkg-deb --field "$deb" Version)" "$(sha256sum < "$deb" | cut -d ' ' -f 1)"
done | sort > "$target/ORIGIN"
sed -i "1i # Debian packages of $triple: name, version, SHA-256 of the .deb" "$target/ORIGIN"
echo "$(grep -c -v '^#' "$target/ORIGIN") packages, $(du --summarize --human-readable "$target" | cut -f 1)"
