#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# fs2tar.sh - fs2tar beside a loop mount by the host's kernel and GNU tar.
#
# Usage: tests/bench/fs2tar.sh [-n RUNS] [-t "TYPE..."] [TREE]
#
# Needs root.  TREE is a directory whose files are taken; without it a tree of
# 50,000 files is made.  The other image has one file of 512 MiB.  The images
# are in the host's page cache; what a file system caches is cold each time,
# for it is mounted anew.  Runs take turns; the medians are printed, and how
# long fs2tar takes for one second of the other:
#
#   tar    GNU tar as it comes
#   tar+   with what fs2tar does as well: pax, sparse, attributes, ACLs
#
# Archives go through a pipe, since GNU tar does not read what it would write
# to /dev/null.

top_builddir=${top_builddir:-$PWD}
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"

runs=5
types='ext4 xfs btrfs'
while getopts n:t: opt; do
	case $opt in
	n) runs=$OPTARG ;;
	t) types=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
is_root || skip "needs root"
# By hand, it is in the build directory rather than in PATH.
fs2tar=$(command -v fs2tar) || fs2tar=$top_builddir/bin/fs2tar
"$fs2tar" --version >/dev/null || die "no fs2tar"

work=$(mktemp -d) || exit 1
trap 'umount "$work/mnt" 2>/dev/null; rm -rf "$work"' EXIT
mkdir "$work/mnt"
tree=${1:+$(realpath "$1")}
[ -z "$tree" ] || [ -d "$tree" ] || die "$1 is not a directory"
cd "$work" || exit 1
if [ -z "$tree" ]; then
	tree=$work/tree
	"$top_srcdir/tests/bench/make-tree" "$tree" || die make-tree
fi
mkdir large
head -c 512M /dev/urandom >large/file

run_tar() {
	mount -o loop,ro image mnt || die mount
	tar "$@" -C mnt -cf - . | cat >/dev/null
	umount mnt || die umount
}

job() {
	case $1 in
	tar) run_tar ;;
	tar+)
		run_tar --format=pax --sparse --xattrs --xattrs-include='*' \
			--acls
		;;
	fs2tar) "$fs2tar" image - | cat >/dev/null ;;
	esac
}

# timed JOB - append its time to times.JOB
timed() {
	local start=${EPOCHREALTIME/./}

	job "$1" 2>>errors
	echo $((${EPOCHREALTIME/./} - start)) >>"times.$1"
}

median() {
	sort -n "times.$1" | sed -n "$((runs / 2 + 1))p"
}

printf '%-8s %-8s %8s %8s %8s %8s %8s\n' type data tar tar+ fs2tar \
	'/tar' '/tar+'
for type in $types; do
	for data in tree large; do
		kib=$(du -sk "$([ $data = tree ] && echo "$tree" || echo large)" |
			cut -f1)
		make_image "$type" image $((kib / 1024 * 3 / 2 + 600))M 2>/dev/null \
			3>&2
		mount -o loop image mnt || die mount
		if [ $data = tree ]; then
			cp -a "$tree/." mnt/
		else
			cp large/file mnt/
		fi
		umount mnt
		cat image >/dev/null
		rm -f times.*
		for ((i = 0; i < runs; i++)); do
			for j in tar tar+ fs2tar; do
				timed $j
			done
		done
		a=$(median tar)
		b=$(median tar+)
		c=$(median fs2tar)
		awk -v t="$type" -v d=$data -v a="$a" -v b="$b" -v c="$c" \
			'BEGIN {
				printf "%-8s %-8s", t, d
				printf " %7.2fs %7.2fs", a / 1e6, b / 1e6
				printf " %7.2fs", c / 1e6
				printf " %8.2f %8.2f\n", c / a, c / b
			}'
	done
done
grep -v 'socket ignored' errors >&2
exit 0
