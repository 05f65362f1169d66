#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cptofs.sh - cptofs and cpfromfs beside a loop mount by the host's kernel and
# cp -a, and beside mke2fs -d.
#
# Usage: tests/bench/cptofs.sh [-n RUNS] [-t "TYPE..."] [-s SIZE] [TREE]
#
# Needs root.  TREE is a directory that is copied; without it a tree of 50,000
# files is made.  The other source is one file of 512 MiB.  Images are new each
# time, SIZE large (default 4G); what comes out goes to /dev/shm.  Runs take
# turns; the medians are printed, and the ratio.

top_builddir=${top_builddir:-$PWD}
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"

runs=5
types='ext4 xfs btrfs'
size=4G
while getopts n:t:s: opt; do
	case $opt in
	n) runs=$OPTARG ;;
	t) types=$OPTARG ;;
	s) size=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
is_root || skip "needs root"
cptofs=$(command -v cptofs) || cptofs=$top_builddir/bin/cptofs
cpfromfs=$(command -v cpfromfs) || cpfromfs=$top_builddir/bin/cpfromfs
"$cptofs" --version >/dev/null || die "no cptofs"

work=$(mktemp -d) || exit 1
out=$(mktemp -d /dev/shm/bench.XXXXXX) || exit 1
trap 'umount "$work/mnt" 2>/dev/null; rm -rf "$work" "$out"' EXIT
tree=${1:+$(realpath "$1")}
cd "$work" || exit 1
mkdir mnt large
if [ -z "$tree" ]; then
	tree=$work/tree
	"$top_srcdir/tests/bench/make-tree" "$tree" || die make-tree
fi
head -c 512M /dev/urandom >large/file

job() {
	case $1 in
	loop-in) mount -o loop image mnt && cp -a "$2" mnt/ && umount mnt ;;
	cptofs) "$cptofs" -i image "$2" / ;;
	mke2fs) mke2fs -q -F -t ext4 -d "$2" image ;;
	loop-out)
		mount -o loop,ro image mnt && cp -a "mnt/${2##*/}" "$out" &&
			umount mnt
		;;
	cpfromfs) "$cpfromfs" -i image "/${2##*/}" "$out" ;;
	esac
}

# timed JOB SOURCE - append its time to times.JOB
timed() {
	local start=${EPOCHREALTIME/./}

	job "$@" 2>>errors || die "$1: $(tail -n 3 errors)"
	echo $((${EPOCHREALTIME/./} - start)) >>"times.$1"
}

median() {
	sort -n "times.$1" 2>/dev/null | sed -n "$((runs / 2 + 1))p"
}

printf '%-6s %-6s %9s %9s %7s %9s %9s %7s %9s\n' type data loop-in cptofs \
	/loop loop-out cpfromfs /loop mke2fs-d
for type in $types; do
	for data in "$tree" "$work/large"; do
		rm -f times.*
		for ((i = 0; i < runs; i++)); do
			for j in loop cptofs; do
				make_image "$type" image "$size" 3>&2 2>/dev/null
				timed ${j/#loop/loop-in} "$data"
			done
			for j in loop-out cpfromfs; do
				timed $j "$data"
				rm -rf "${out:?}"/*
			done
			[ "$type" != ext4 ] || {
				rm -f image
				truncate -s "$size" image
				timed mke2fs "$data"
			}
		done
		awk -v t="$type" -v d="${data##*/}" -v a="$(median loop-in)" \
			-v b="$(median cptofs)" -v c="$(median loop-out)" \
			-v e="$(median cpfromfs)" -v m="$(median mke2fs)" 'BEGIN {
				printf "%-6s %-6s %8.2fs %8.2fs %7.2f", t, d,
					a / 1e6, b / 1e6, b / a
				printf " %8.2fs %8.2fs %7.2f", c / 1e6, e / 1e6,
					e / c
				printf " %8s\n", m ? sprintf("%.2fs", m / 1e6) : "-"
			}'
	done
done
exit 0
