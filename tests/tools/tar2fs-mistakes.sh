#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-mistakes.sh - tar2fs refuses inputs and options that cannot be meant,
# names the mistake and destroys nothing.

. "$top_srcdir/tests/helpers/lib-cp.sh"
need python3 zstd xz bzip2

mkdir tree
echo text >tree/file
tar -C tree -cf tree.tar . || die tar

# An input is never replaced by the image, whatever its name.
cp tree.tar self.tar
ln self.tar hard.tar
ln -s self.tar soft.tar
for name in self.tar ./self.tar hard.tar soft.tar; do
	run_mustfail 1 "$name is the input self.tar itself" \
		tar2fs --format=raw self.tar "$name"
	run_mustfail 1 "$name is the input self.tar itself" \
		tar2fs --format=raw tree self.tar "$name"
	cmp tree.tar self.tar || die "the input was replaced through $name"
done
run_mustfail 1 'self.tar is the input - itself' \
	tar2fs --format=raw - self.tar <self.tar
cmp tree.tar self.tar || die "standard input was replaced"
[ -L soft.tar ] || die "the symbolic link was replaced"

# Neither is one replaced by the hashes, nor is the image.
for name in self.tar hard.tar soft.tar; do
	run_mustfail 1 "--verity-hash: $name is the input self.tar itself" \
		tar2fs --verity-hash=$name tree self.tar new.ext4
	cmp tree.tar self.tar || die "the input was replaced through $name"
done
ln -s new.ext4 link.ext4
for name in new.ext4 ./new.ext4 "$PWD/new.ext4" link.ext4; do
	run_mustfail 1 "$name is the image new.ext4 itself" \
		tar2fs --verity-hash=$name tree new.ext4
done
[ ! -e new.ext4 ] || die "made an image"
echo old >new.ext4
run_mustfail 1 'link.ext4 is the image new.ext4 itself' \
	tar2fs --verity-hash=link.ext4 tree new.ext4
[ "$(cat new.ext4)" = old ] || die "the old image was replaced"
rm new.ext4 link.ext4

# An image is no archive, though it may begin as an empty one does.
for type in ext4 btrfs f2fs; do
	run_check tar2fs tree old.$type
	run_mustfail 1 "old.$type: not a tar archive: begins with zeroes" \
		tar2fs old.$type new.ext4
	run_mustfail 1 "old.$type: not a tar archive: begins with zeroes" \
		tar2fs --size=64M old.$type new.ext4
	run_mustfail 1 "old.$type: not a tar archive: begins with zeroes" \
		tar2fs tree old.$type 1G
	run_mustfail 1 '-: not a tar archive: begins with zeroes' \
		tar2fs - new.ext4 < <(cat old.$type)
	run_mustfail 1 "old.$type: not a tar archive: begins with zeroes" \
		cptofs -i old.ext4 --tar old.$type /
	[ ! -e new.ext4 ] && [ ! -e 1G ] || die "made an image of an image"
done
tar -cf none.tar -T /dev/null || die tar
run_check tar2fs none.tar new.ext4
cat none.tar | run_check tar2fs - new.ext4
rm new.ext4

# Zeroes are an archive without members, as tar reads them, but not more than tar
# writes: an empty disk, or a device without an end.
tar -b 1024 -cf padded.tar -T /dev/null || die tar
gzip -k padded.tar
xz -k padded.tar
for input in padded.tar padded.tar.gz padded.tar.xz; do
	run_check tar2fs $input new.ext4
	run_check tar2fs --size=8M - new.ext4 < <(cat $input)
done
rm new.ext4
# in_two_pieces FILE - to a pipe, whose reader gets ten bytes first
in_two_pieces() {
	{ dd bs=10 count=1 2>&3 && sleep 0.2 && cat; } <"$1"
}
make_image ext4 old.image 8M
truncate -s 8M disk
truncate -s 1M small
gzip -k disk small
xz -k disk
zstd -q disk
bzip2 -k disk
for input in disk disk.gz disk.xz disk.zst disk.bz2 small.gz /dev/zero; do
	for size in '' --size=8M; do
		run_mustfail 1 "$input: not a tar archive: 1 MiB of zeroes and no files" \
			timeout 60 tar2fs $size $input new.ext4
		run_mustfail 1 '-: not a tar archive: 1 MiB of zeroes and no files' \
			timeout 60 tar2fs $size - new.ext4 <$input
		run_mustfail 1 '-: not a tar archive: 1 MiB of zeroes and no files' \
			timeout 60 tar2fs $size - new.ext4 < <(cat $input)
	done
	run_mustfail 1 "$input: not a tar archive: 1 MiB of zeroes and no files" \
		timeout 60 cptofs -i old.image --tar $input /
	# A pipe may bring the first bytes alone.
	run_mustfail 1 '-: not a tar archive: 1 MiB of zeroes and no files' \
		timeout 60 tar2fs - new.ext4 < <(in_two_pieces $input)
	run_mustfail 1 '-: not a tar archive: 1 MiB of zeroes and no files' \
		timeout 60 cptofs -i old.image --tar - / < <(in_two_pieces $input)
done
for input in padded.tar padded.tar.gz padded.tar.xz; do
	run_check cptofs -i old.image --tar - / < <(in_two_pieces $input)
done
: >empty
for input in empty /dev/null; do
	run_mustfail 1 "$input: is empty, not a tar archive" \
		tar2fs $input new.ext4
done
[ ! -e new.ext4 ] || die "made an image of nothing"

# A time that the kernel's clock cannot have.
for time in 99999999999 8267875200; do
	run_mustfail 2 "SOURCE_DATE_EPOCH: later than the year 2231: @$time" \
		env SOURCE_DATE_EPOCH=$time tar2fs tree no.ext4
	run_mustfail 2 "--mtime: later than the year 2231: @$time" \
		tar2fs --mtime=@$time tree no.ext4
done
run_check tar2fs --mtime=@8267875199 tree late.ext4

# Options for container images are not ignored.
for option in --image-tag=latest --platform=linux/amd64; do
	for size in '' --size=64M; do
		run_mustfail 1 "${option%%=*} is only for container images" \
			tar2fs $option $size tree tree.tar no.ext4
		[ ! -e no.ext4 ] || die "ignored $option"
	done
done
run_mustfail 1 '--max-unpacked is only for archives and container images' \
	tar2fs --max-unpacked=1G tree no.ext4

# A few bytes do not become many, unless they may, and the member is named.
echo small >first
truncate -s 30M zeroes
tar -cf bomb.tar first zeroes first
for command in gzip xz zstd cat; do
	$command <bomb.tar >bomb
	for size in '' --size=64M; do
		run_mustfail 1 'bomb: zeroes: more data than --max-unpacked allows' \
			tar2fs --max-unpacked=20M $size bomb no.ext4
		[ ! -e no.ext4 ] || die "unpacked a bomb"
	done
	run_mustfail 1 '-: zeroes: more data than --max-unpacked allows' \
		tar2fs --max-unpacked=20M - no.ext4 < <(cat bomb)
	run_check tar2fs --max-unpacked=31M bomb large.ext4
	run_check tar2fs --max-unpacked=31M - large.ext4 < <(cat bomb)
	run_check tar2fs bomb large.ext4
done
# By default, more than 1 GiB has to be worth some data.
for last in '' 'archive.add("first")'; do
	python3 - "$last" <<-'END' | zstd -q >bomb
		import sys, tarfile
		archive = tarfile.open(fileobj=sys.stdout.buffer, mode="w|")
		archive.add("first")
		member = tarfile.TarInfo("zeroes")
		member.size = 1200 << 20
		archive.addfile(member, open("/dev/zero", "rb"))
		exec(sys.argv[1])
		archive.close()
	END
	for input in bomb -; do
		run_mustfail 1 "$input: zeroes: decompresses to more than the limit" \
			tar2fs $input no.ext4 < <(cat bomb)
		[ ! -e no.ext4 ] || die "unpacked a bomb"
	done
done
# With a size, it fills the image at most, and is refused if it is read twice.
run_mustfail 1 'bomb: zeroes: decompresses to more than the limit' \
	tar2fs --size=64M bomb no.ext4
[ ! -e no.ext4 ] || die "unpacked a bomb"
for input in bomb -; do
	before=$(ls -A)
	run_mustfail 1 '/zeroes: cannot write: No space left on device' \
		tar2fs --size=128M --type=btrfs $input full < <(cat bomb)
	[ "$(ls -A)" = "$before" ] || die "left a file: $(ls -A)"
done
[ -z "$(ls -A | grep '^\.')" ] || die "left a temporary file"
run_check tar2fs --max-unpacked=2G --dry-run bomb no.ext4
