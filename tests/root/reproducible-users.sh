#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# reproducible-users.sh - cptofs --reproducible makes the same image for root and
# for an ordinary user.
#
# needs: root

. "$top_srcdir/tests/helpers/lib.sh"
need setpriv
user="setpriv --reuid=65534 --regid=65534 --clear-groups"

# The test's own directory is closed to other users.
shared=$(TMPDIR= mktemp -d) || die "mktemp"
trap 'rm -rf "$shared"' EXIT
chmod 755 "$shared"
make_plain "$shared/tree"
# Files that only root can read are another input.
chmod -R a+rX "$shared/tree"
$user test -r "$shared/tree" || skip "other users have no access to $shared"

for type in ext4 xfs vfat; do
	make_image $type start 320M
	for who in root user; do
		cp --sparse=always start "$shared/$who"
		chmod 666 "$shared/$who"
	done
	export SOURCE_DATE_EPOCH=1500000000
	run_any cptofs --reproducible -i "$shared/root" "$shared/tree" /
	status=$?
	run_any $user "$(command -v cptofs)" --reproducible -i "$shared/user" \
		"$shared/tree" /
	[ $? -eq $status ] || die "$type: another status for a user"
	check_same "$shared/root" "$shared/user" "$type: it depends on the user"
done
