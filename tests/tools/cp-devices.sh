#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-devices.sh - an ordinary user cannot make devices: cpfromfs names each and
# copies the rest.

. "$top_srcdir/tests/helpers/lib-cp.sh"
! is_root || skip "root can make devices"

make_image ext4 image 64M -b 4096
make_odd ext4 image
mkdir out
run_mustfail 1 'cannot create device' cpfromfs -i image --exclude sparse /. out
for name in character block character-link; do
	grep -q "special/$name: cannot create device" stderr ||
		die "special/$name is not told"
done
[ "$(grep -c 'cannot create device' stderr)" -eq 3 ] || die "more than that"
# Everything else is there.
run_check fs2tar -q --exclude ./sparse image all.tar
names all.tar | sed 's#/$##; s#\\[0-9]*#?#g' |
	grep -vE '^[.]$|special/(block|character)' | wc -l >want
find out -mindepth 1 -printf '\n' | wc -l >got
# Sockets are not in archives.
[ "$(cat got)" -eq $(($(cat want) + 1)) ] ||
	die "$(cat got) files, not $(cat want) and a socket"
# No one else gets set-id bits that were another owner's.
[ -z "$(find out -perm /6000 -type f)" ] || die "set-id bits without the owner"
