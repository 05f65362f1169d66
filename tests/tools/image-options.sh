#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# image-options.sh - --offset, --size and --format choose the part of an image
# and its format.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs

mkdir tree
echo one >tree/in-one
make_image ext4 image 16M -d tree -L first
run_check fs2tar image want.tar
before=$(digest image)

# gives IMAGE OPTION... - the files of the image
gives() {
	rm -f got.tar
	run_check fs2tar "$@" got.tar
	check_same want.tar got.tar "$*"
}

# A part of a file: what is before and behind it does not matter.
head -c 1M /dev/urandom >mixed
cat image >>mixed
head -c 1M /dev/urandom >>mixed
gives --offset 1M --size 16M mixed
gives --offset=1048576 --size=16MiB mixed
gives --offset=1M mixed
gives --offset=1M --size=16M -P LABEL=first mixed
gives --size=16M image
gives --format=raw image
gives --snapshot --no-lock --allow-backing image

run_mustfail 1 'no file system' fs2tar mixed none.tar
run_mustfail 1 'mixed: ' fs2tar --offset=1M --size=1M mixed none.tar
run_mustfail 1 'mixed: offset 18874880 is past its end, at 18874368' \
	fs2tar --offset=18874880 mixed none.tar
run_mustfail 1 'past its end' fs2tar --size=1T mixed none.tar
run_mustfail 1 'past its end' \
	fs2tar --offset=512 --size=16777215T mixed none.tar
run_mustfail 1 'multiples of its sector size' fs2tar --offset=1 mixed none.tar
run_mustfail 1 'multiples of its sector size' fs2tar --size=1M --offset=100 \
	mixed none.tar
for arguments in '--offset x' '--offset -1' '--size 0' '--size 1Q' \
	'--format='; do
	run_mustfail 2 'fs2tar: --' fs2tar $arguments image none.tar
done

# Formats are taken at their name, and a guess is only a hint.
run_mustfail 1 'image: format no-such is not supported' \
	fs2tar --format=no-such image none.tar
for magic in 'vmdk 0 KDMV' 'vdi 64 \x7f\x10\xda\xbe' 'vhdx 0 vhdxfile' \
	'vpc 0 conectix' 'qed 0 QED\0'; do
	read -r format at bytes <<<"$magic"
	truncate -s 1M foreign
	printf "$bytes" | dd of=foreign bs=1 seek="$at" conv=notrunc status=none
	run_mustfail 1 "looks like $format: say --format=$format" \
		fs2tar foreign none.tar
	run_mustfail 1 'no file system found' fs2tar --format=raw foreign none.tar
	! grep -q 'looks like' stderr || die "a hint although a format was given"
	rm foreign
done
[ ! -e none.tar ] || die "a failure left an archive"
[ "$(digest image)" = "$before" ] || die "the image was changed"
