#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# autogen.sh - make ./configure from configure.ac; for clones, not for
# released tarballs.

set -e
cd "$(dirname "$0")"
for prog in autoreconf automake libtoolize pkg-config; do
	command -v $prog >/dev/null || {
		echo "autogen.sh: $prog is missing: apt install autoconf automake libtool pkg-config" >&2
		exit 1
	}
done
exec autoreconf --install "$@"
