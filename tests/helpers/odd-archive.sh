# SPDX-License-Identifier: GPL-2.0-only
#
# odd-archive.sh - the body of tools/odd-*.sh: fs2tar keeps everything odd that a
# file system can hold, does not change the image, and writes the same archive
# each time.

. "$top_srcdir/tests/helpers/lib.sh"

# check_odd_archive TYPE SIZE [MKFS-OPTION...]
check_odd_archive() {
	local before

	make_image "$1" image "${@:2}"
	make_odd "$1" image
	chmod a-w image
	before=$(digest image)
	run_check fs2tar image archive.tar
	grep -q 'special/socket' stderr || die "does not tell of the socket"
	check_odd image archive.tar

	cp --sparse=always image copy
	run_check fs2tar -q --memory 32M copy >again.tar
	[ ! -s stderr ] || die "is not quiet"
	check_same archive.tar again.tar "not reproducible"
	[ "$(digest image)" = "$before" ] || die "the image was changed"
}
