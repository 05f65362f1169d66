#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# plain-hfsplus.sh - fs2tar reads HFS+.  xorriso makes the file system, in a
# partition of an image that is an ISO image as well.

. "$top_srcdir/tests/helpers/lib.sh"
need xorriso partx

make_plain tree
# No ACLs, no fifos, no names that are not UTF-8.
! command -v setfacl >/dev/null || setfacl -Rb tree
rm tree/dir/fifo tree/names/$'\xe4\xf6\xfc'
for n in $(seq 3000); do
	echo "$n" >"tree/many/another-file-$n"
done
head -c 5000000 /dev/urandom >tree/large
mkdir tree/names/$'\xce\xb1\xce\xb2\xce\xb3'
echo 'not ASCII' >tree/names/$'\xce\xb1\xce\xb2\xce\xb3'/$'\xe6\x97\xa5\xe6\x9c\xac'
find tree -depth -exec touch -h -d '2020-01-01 UTC' {} +
touch -d '1985-10-26 01:21:00 UTC' tree/dir/text
touch -d '2039-01-02 03:04:05 UTC' tree/large

run_check xorriso -as mkisofs -quiet -hfsplus -input-charset UTF-8 \
	-o disk tree
read -r number start sectors < <(partx -gbo NR,START,SECTORS,NAME disk |
	awk '$4 == "HFSPLUS_Hybrid" { print $1, $2, $3 }')
[ -n "$number" ] || die "no partition with HFS+"
run_check fs2tar -P "$number" disk archive.tar
# Alone, it is known for what it is.
dd if=disk of=image bs=512 skip="$start" count="$sectors" status=none
before=$(digest image)
run_check fs2tar image again.tar
check_same archive.tar again.tar "not the same from the partition"
[ "$(digest image)" = "$before" ] || die "the image was changed"
check_plain archive.tar tree
run_check cpfromfs -i image / out
diff -r --no-dereference tree out >&3 || die "cpfromfs: not what is in the image"
