# SPDX-License-Identifier: GPL-2.0-only
#
# lib-volumes.sh - functions for tests of volumes on several disks; after lib.sh.

volumes=$helpers/volumes

# unpack_disks NAME - the disks of a set, as make-volumes made them
unpack_disks() {
	tar -xJf "$volumes/$1.tar.xz" || die "cannot unpack $1"
}

# disk_options FIRST... - --disk for all but the first
disk_options() {
	local disk

	shift
	for disk; do
		echo "--disk=$disk"
	done
}

# check_volume NAME WANT OPTION... - the volume holds what make-volumes wrote
check_volume() {
	local name=$1 want=$2
	shift 2
	run_check fs2tar "$@" out.tar
	run_check tar -xf out.tar ./name ./lines
	[ "$(cat name)" = "this is $want" ] || die "$name: $(cat name)"
	seq -f "$want %g" 5000 | cmp - lines || die "$name: other lines"
}
