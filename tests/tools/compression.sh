#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# compression.sh - fs2tar compresses by option and by suffix, with threads and
# without, into the same bytes each time.

. "$top_srcdir/tests/helpers/lib.sh"
need gzip bzip2 xz zstd mke2fs

mkdir tree
seq 15000 | awk '{ print "line " $1 " of many", $1 * $1 }' >tree/numbers
head -c 400000 /dev/urandom >tree/random
make_image ext4 image 64M -d tree
run_check fs2tar image plain.tar

# check FILE PROGRAM - FILE is plain.tar, compressed with it
check() {
	run_check "$2" -t "$1"
	"$2" -dc "$1" >out || die "$2 cannot read $1"
	check_same plain.tar out "$1"
}

for pair in gzip:gz bzip2:bz2 xz:xz zstd:zst; do
	program=${pair%:*}
	suffix=${pair#*:}
	run_check fs2tar image a.tar.$suffix
	check a.tar.$suffix $program
	run_check fs2tar --compress=$program image - >b.$suffix
	check b.$suffix $program
	check_same a.tar.$suffix b.$suffix "$program: another archive"
	# A time in an archive has seconds: this is another one.
	then=$(date +%s)
	wait_for 5 "the next second" eval '[ $(date +%s) -gt $then ]'
	run_check fs2tar image c.tar.$suffix
	check_same a.tar.$suffix c.tar.$suffix "$program: not reproducible"
done
run_check fs2tar image a.tgz
check a.tgz gzip
run_check fs2tar image a.txz
check a.txz xz

run_check fs2tar -z image - >o.gz
check o.gz gzip
run_check fs2tar -j image - >o.bz2
check o.bz2 bzip2
run_check fs2tar -J --threads=2 image - >o.xz
check o.xz xz
run_check fs2tar --zstd --threads 1 image - >o.zst
check o.zst zstd
run_check fs2tar --compress=none image o.tar.gz
check_same plain.tar o.tar.gz "--compress=none"
run_check fs2tar --zstd image o.tar
check o.tar zstd
if ! command -v lz4 >/dev/null; then
	skip_part "lz4 is not installed"
else
	run_check fs2tar --compress=lz4 image o.lz4
	check o.lz4 lz4
fi

run_check fs2tar --compress-level=1 image fast.tar.gz
run_check fs2tar --compress-level=9 image small.tar.gz
check fast.tar.gz gzip
check small.tar.gz gzip
[ "$(stat -c %s small.tar.gz)" -lt "$(stat -c %s fast.tar.gz)" ] ||
	die "the level makes no difference"
run_mustfail 2 '' fs2tar --compress-level=5 image x.tar
run_mustfail 2 '' fs2tar --compress=rot13 image x.tar
