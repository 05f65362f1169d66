# SPDX-License-Identifier: GPL-2.0-only
#
# lib-root.sh - functions for tests that need root: loop mounts by the host's
# kernel, which end with the test.

. "$top_srcdir/tests/helpers/lib.sh"
need losetup mount umount
is_root || skip "needs root"

loops=()
mounts=()
clean_up() {
	local m

	cd /
	for m in "${mounts[@]}"; do
		umount "$m" 2>/dev/null || umount -l "$m"
	done
	for m in "${loops[@]}"; do
		losetup -d "$m"
	done
}
trap clean_up EXIT

# host_mount TYPE IMAGE DIRECTORY [OPTIONS] - or skip, if the host cannot
host_mount() {
	mkdir -p "$3"
	if ! mount -t "$1" -o "loop,${4:-ro}" "$2" "$3" 2>mount.err; then
		grep -qi 'unknown filesystem' mount.err &&
			skip "the host's kernel has no $1"
		die "mount: $(cat mount.err)"
	fi
	mounts+=("$PWD/$3")
}

host_umount() {
	local i

	umount "$1" || die "cannot unmount $1"
	for i in "${!mounts[@]}"; do
		[ "${mounts[i]}" != "$PWD/$1" ] || unset "mounts[i]"
	done
}

# host_tar DIRECTORY ARCHIVE - by GNU tar, with all that it knows
host_tar() {
	# ACLs are taken for attributes otherwise, once more.
	tar --format=pax --sparse --xattrs --xattrs-include='*' \
		--xattrs-exclude='system.*' --xattrs-exclude='trusted.SGI_*' \
		--acls --numeric-owner --sort=name -C "$1" -cf "$2" . 2>tar.err
	grep -v 'socket ignored' tar.err >&3
	return 0
}

# listing ARCHIVE - all that GNU tar tells of it.  It gives links fractions of
# seconds that nobody needs, and knows no links to devices.
listing() {
	tar --xattrs --xattrs-include='*' --acls --numeric-owner --full-time \
		--utc --quoting-style=escape --exclude=./special/character-link \
		-tvvf "$1" | sed '/^h/s/\(:[0-9][0-9]\)\.[0-9]* */\1 /;
			/^h/s/   */ /g'
}

# check_as_host ARCHIVE DIRECTORY - as GNU tar sees what is mounted there: all
# but the data
check_as_host() {
	host_tar "$2" host.tar
	listing host.tar >host.list
	listing "$1" >our.list
	diff -u host.list our.list >&3 || die "not what GNU tar makes of $2"
	[ "$(wc -l <our.list)" -gt 5 ] || die "next to nothing in $1"
}
