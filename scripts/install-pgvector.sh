#!/bin/sh
# Builds pgvector for this machine's PostgreSQL 15 and installs it, for testing the server store with vectors. Debian bookworm has no
# package of it, so it comes from the source package of trixie. Needs root; does nothing when it is there; leaves apt's sources as they were.
set -eu

major=15
control="/usr/share/postgresql/$major/extension/vector.control"
if [ -f "$control" ]; then
  echo "pgvector is installed already: $(grep default_version "$control")"
  exit 0
fi
[ "$(id -u)" = 0 ] || { echo 'install-pgvector.sh must run as root' >&2; exit 1; }

source_list=/etc/apt/sources.list.d/lugh-pgvector-source.list
build=$(mktemp -d)
clean() {
  rm -rf "$build" "$source_list"
}
trap clean EXIT
trap 'exit 1' HUP INT TERM

# The mirror that this machine already uses for bookworm, whichever it is.
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
  sed -n -e 's/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*debian\/\{0,1\}\) bookworm .*/\2/p' -e 's/^URIs: *\([^ ]*debian\/\{0,1\}\) *$/\1/p' | head -n 1)
echo "deb-src ${mirror:-http://deb.debian.org/debian} trixie main" > "$source_list"

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends "postgresql-server-dev-$major" build-essential dpkg-dev
cd "$build"
# Read as an unprivileged user by apt's downloader.
chmod 755 "$build"
apt-get source -q pgvector
cd pgvector-*/
make -j"$(nproc)" OPTFLAGS='' PG_CONFIG="/usr/lib/postgresql/$major/bin/pg_config"
make install PG_CONFIG="/usr/lib/postgresql/$major/bin/pg_config"
echo "pgvector installed: $(grep default_version "$control")"
