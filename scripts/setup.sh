#!/bin/sh
# Installs what the project needs and this machine lacks, and says so. Prints nothing when nothing is missing.
#
#   scripts/setup.sh run     ffmpeg and the programs of a PostgreSQL server
#   scripts/setup.sh test    the same, pgbench and pg_dump, a C compiler (race detector), Node.js and npm (Postman runner,
#                            site), what checks deploy/ (shellcheck, haproxy, curl, systemd-analyze), and the packages that
#                            collections/, web/, deploy/guard/ and docs/analysts/check/ name
#
# Only programs are installed: neither PostgreSQL nor HAProxy is left running as a service, and no cluster is made.
set -eu

oldest_postgres=14
newer_node=22.23.3
purpose=${1:-}
case $purpose in
	run | test) ;;
	*) echo "usage: $0 run|test" >&2 && exit 2 ;;
esac

here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."

say() { echo "setup: $*" >&2; }
die() { say "$*" && exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# postgres_dirs prints where a server's programs may be, one directory a line. PGBIN, when set, is final.
postgres_dirs() {
	if [ -n "${PGBIN:-}" ]; then
		echo "$PGBIN"
		return
	fi
	pg_config --bindir 2>/dev/null || true
	if server=$(command -v postgres); then dirname "$server"; fi
	for dir in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin \
		/usr/local/opt/postgresql@*/bin /usr/local/pgsql/bin /Applications/Postgres.app/*/*/*/bin; do
		if [ -d "$dir" ]; then echo "$dir"; fi
	done
}

# has_postgres holds when one directory has a new enough server and every program named.
has_postgres() {
	postgres_dirs | {
		while IFS= read -r dir; do
			for program in postgres initdb "$@"; do
				[ -x "$dir/$program" ] || continue 2
			done
			major=$("$dir/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
			if [ "${major:-0}" -ge "$oldest_postgres" ]; then exit 0; fi
		done
		exit 1
	}
}

# has_compiler holds when a C program that needs the library's headers can be compiled and linked.
has_compiler() {
	echo '#include <stdlib.h>
int main(void) { return EXIT_SUCCESS; }' | "${CC:-cc}" -x c - -o /dev/null 2>/dev/null
}

# missing prints what is not there, one word a line.
missing() {
	if ! have ffmpeg || ! have ffprobe; then echo ffmpeg; fi
	if [ "$purpose" = run ]; then
		if [ -z "${DATABASE_URL:-}" ] && ! has_postgres; then echo postgresql; fi
		return
	fi
	if ! has_postgres pgbench pg_dump; then echo postgresql; fi
	if ! has_compiler; then echo compiler; fi
	if ! have node || ! have npm; then echo node; fi
	for tool in shellcheck haproxy curl systemd-analyze; do
		if ! have "$tool" && [ ! -x "/usr/sbin/$tool" ]; then echo "$tool"; fi
	done
}

# packages prints the names that a package manager has for the words of missing.
packages() {
	for need in $lacking; do
		case $1-$need in
			apt-ffmpeg | brew-ffmpeg) echo ffmpeg ;;
			apt-postgresql) echo postgresql ;;
			brew-postgresql) echo postgresql@17 ;;
			apt-compiler) echo gcc libc6-dev ;;
			apt-node) echo nodejs npm ;;
			brew-node) echo node ;;
			*-shellcheck | *-haproxy | *-curl) echo "$need" ;;
			apt-systemd-analyze) echo systemd ;;
		esac
	done | tr '\n' ' '
}

# as_root runs a command as root; the caller has checked that there is a way.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# apt runs apt-get without questions, waiting for another run of it; what it prints is shown only when it fails.
apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
		-o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1 </dev/null
}

# Debian's server package makes and starts a cluster when it is first installed, unless a file in this directory says
# otherwise. Ours is there for the length of the installation only, so that the machine's owner is not surprised later.
clusters=/etc/postgresql-common/createcluster.d
no_cluster=$clusters/zz-rising-stars-showcase.conf

forbid_cluster() {
	as_root mkdir -p "$clusters"
	echo 'create_main_cluster = false' | as_root tee "$no_cluster" >/dev/null
}

clean_up() {
	rm -f "$log"
	if [ -e "$no_cluster" ]; then
		as_root rm -f "$no_cluster"
		as_root rmdir -p "$clusters" 2>/dev/null || true
	fi
}

install_with_apt() {
	if [ "$(id -u)" -ne 0 ] && ! have sudo; then
		die "root has to install these; type:  su -c 'sh $here/setup.sh $purpose'"
	fi
	log=$(mktemp)
	trap clean_up EXIT
	trap 'exit 130' INT TERM
	say "apt-get update"
	apt update || say "apt-get update did not fully work: $(grep -m1 '^E:' "$log" || tail -n 1 "$log")"
	names=$(packages apt)
	say "apt-get install $names(a minute or two; no PostgreSQL service will run)"
	forbid_cluster
	# shellcheck disable=SC2086 # one argument per package
	if ! apt install --no-install-recommends $names; then
		cat "$log" >&2
		die "apt-get could not install them; once it can, type:  make setup"
	fi
	case " $lacking " in
		*" haproxy "*) # the program is for tests; Debian makes a service of it
			if have systemctl; then as_root systemctl disable --now haproxy >/dev/null 2>&1 || true; fi ;;
	esac
}

install_with_brew() {
	case " $lacking " in
		*" compiler "*) die "the race detector needs a C compiler; type:  xcode-select --install" ;;
	esac
	names=$(packages brew)
	say "brew install $names"
	# shellcheck disable=SC2086 # one argument per package
	brew install --quiet $names
}

# install_programs installs what missing names and makes sure that it is there afterwards.
install_programs() {
	lacking=$(missing | tr '\n' ' ')
	if [ -z "$lacking" ]; then return; fi
	say "missing: $lacking"
	if [ -n "${PGBIN:-}" ] && ! has_postgres; then
		die "PGBIN=$PGBIN has no PostgreSQL server of version $oldest_postgres or newer; unset it or correct it"
	fi
	if have apt-get; then
		install_with_apt
	elif have brew; then
		install_with_brew
	elif have pacman; then
		die "type:  sudo pacman -S --needed ffmpeg postgresql gcc nodejs npm"
	elif have dnf; then
		die "type (RPM Fusion has ffmpeg):  sudo dnf install ffmpeg postgresql-server postgresql-contrib gcc nodejs"
	else
		die "no apt-get or brew here; install ffmpeg (with x264), PostgreSQL >= $oldest_postgres, gcc, Node.js and npm"
	fi
	lacking=$(missing | tr '\n' ' ')
	if [ -n "$lacking" ]; then die "installed, yet still not usable: $lacking"; fi
	say "installed"
}

# install_packages brings a folder's Node packages to the versions that its lock file names.
install_packages() {
	lock=$1/package-lock.json
	installed=$1/node_modules/.package-lock.json
	# shellcheck disable=SC3013 # every sh that is in use knows -nt
	if [ ! -e "$lock" ] || { [ -e "$installed" ] && [ ! "$lock" -nt "$installed" ]; }; then return; fi
	say "npm ci in $1/"
	npm ci --prefix "$1" --no-audit --no-fund --loglevel=error >&2
	touch "$installed"
}

# install_node puts a Node.js that can build the site into bin/, beside the system's, where that one is too old.
install_node() {
	PATH=$PWD/bin/node/node_modules/.bin:$PATH
	# shellcheck disable=SC2016 # JavaScript's own dollars
	if node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'; then
		return
	fi
	say "Node.js $(node --version) is too old for the site; putting $newer_node into bin/node/"
	npm install --prefix bin/node --no-save --no-audit --no-fund --loglevel=error "node@$newer_node" >&2
}

install_programs
if [ "$purpose" = test ]; then
	install_packages collections
	install_packages web
	install_packages deploy/guard
	install_packages docs/analysts/check
	install_node
fi
