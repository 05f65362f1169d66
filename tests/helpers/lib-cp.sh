# SPDX-License-Identifier: GPL-2.0-only
#
# lib-cp.sh - functions that the tests of cptofs and cpfromfs share.

. "$top_srcdir/tests/helpers/lib.sh"

# check_clean TYPE IMAGE - as the file system's own checker sees it
check_clean() {
	case $1 in
	ext*) set -- e2fsck -fn "$2" ;;
	xfs) set -- xfs_repair -n "$2" ;;
	btrfs) set -- btrfs check "$2" ;;
	vfat) set -- fsck.vfat -n "$2" ;;
	*) die "check_clean: $1" ;;
	esac
	need "$1"
	"$@" >check.log 2>&1 || {
		cat check.log >&3
		die "$1 finds errors in $2"
	}
}

# tree_list DIRECTORY - all that GNU tar and find tell of a tree, but for the
# change times; and the sum of the data
tree_list() {
	(
		cd "$1" || exit 1
		# Directories have a size of each file system's own making.
		find . ! -type d -printf '%P %y %m %U:%G %n %s %T@ %l\0' -o \
			-printf '%P %y %m %U:%G %T@\0' | tr '\0\n' '\n?'
		find . -type f -size -100M -print0 | xargs -0r sha256sum
		getfattr -dhR -m - . 2>/dev/null
		getfacl -nRp . 2>/dev/null
	) | grep -v -e '^security.selinux='
}

# check_tree DIRECTORY DIRECTORY [sed script for both]
check_tree() {
	tree_list "$1" | sed "${3:-}" | sort >want.tree
	tree_list "$2" | sed "${3:-}" | sort >got.tree
	[ "$(wc -l <want.tree)" -gt 2 ] || die "nothing in $1"
	diff -u want.tree got.tree >&3 || die "$2 is not $1"
}

# check_odd_unpacked IMAGE ARCHIVE - like check_odd, for what went through
# libarchive: it reads no fractions of times before 1970, and no numbers above
# 2^31 in ACLs
check_odd_unpacked() {
	"$images/check-archive" "$1.json" "$2" >problems
	grep -v -e "^b'times/-[12]\.[0-9]*': time " \
		-e "^b'acls/file': acl .*user:2147483647:.* not .*user:4000000000:" \
		-e '^[0-9]* members, 3 problems$' problems >&3 &&
		die "$2 is not what is in $1"
	grep -q ' members, 3 problems$' problems ||
		die "libarchive has learnt something: $(cat problems)"
}
