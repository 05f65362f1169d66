#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-squashfs.sh - tar2fs makes a squashfs, and an erofs if mkfs.erofs reads
# archives, with the owners, devices, links and attributes of its inputs, without
# privileges, and the same one again.

. "$top_srcdir/tests/helpers/lib-cp.sh"
need mksquashfs unsquashfs mkfs.erofs

mkdir tree
python3 - <<'EOF' || die python3
import io, tarfile
archive = tarfile.open("in.tar", "w", format=tarfile.PAX_FORMAT)

def add(name, type, data=b"", **keys):
	member = tarfile.TarInfo(name)
	member.type, member.size, member.mtime = type, len(data), 1000000000
	for key, value in keys.items():
		setattr(member, key, value)
	archive.addfile(member, io.BytesIO(data))

add("dir", tarfile.DIRTYPE, mode=0o2751, uid=1234, gid=70000)
add("dir/file", tarfile.REGTYPE, b"text\n" * 50000, mode=0o640, uid=5, gid=6,
    pax_headers={"SCHILY.xattr.user.test": "value",
		 "SCHILY.xattr.security.test": "other"})
add("dir/hard", tarfile.LNKTYPE, linkname="dir/file")
add("dir/soft", tarfile.SYMTYPE, linkname="../nowhere", mode=0o777, uid=7)
add("null", tarfile.CHRTYPE, devmajor=1, devminor=3, mode=0o666)
add("disk", tarfile.BLKTYPE, devmajor=259, devminor=70000, mode=0o600)
add("fifo", tarfile.FIFOTYPE, mode=0o622)
archive.close()
EOF
echo later >tree/later

check_image() {
	run_check fs2tar -q "$1" out.tar
	tar --numeric-owner -tvf out.tar --xattrs --xattrs-include='*' >list ||
		die tar
	cat list >&3
	for line in 'drwxr-s--x.* 1234/70000 .* ./dir/' \
		'-rw-r-----.* 5/6 *250000 2001-09-09 01:46 ./dir/file' \
		'hrw-r-----.* 5/6 .* ./dir/hard link to ./dir/file' \
		'lrwxrwxrwx.* 7/0 .* ./dir/soft -> ../nowhere' \
		'crw-rw-rw-.* 0/0 *1,3 .* ./null' \
		'brw-------.* 0/0 *259,70000 .* ./disk' \
		'prw--w--w-.* 0/0 .* ./fifo' \
		'.* ./later'; do
		grep -qE "^$line$" list || die "$1: not $line"
	done
	grep -q lost+found list && die "$1: has a lost+found"
	tar -xOf out.tar ./dir/file | cmp - <(yes text | head -50000) ||
		die "$1: other data"
	grep -aq 'SCHILY.xattr.user.test=value' out.tar &&
		grep -aq 'SCHILY.xattr.security.test=other' out.tar ||
		die "$1: attributes are missing"
}

types=squashfs
mkfs.erofs --help 2>&1 | grep -q -e '--tar=' && types="squashfs erofs"
export SOURCE_DATE_EPOCH=2000000000
chmod 751 tree
for type in $types; do
	for input in in.tar -; do
		run_check tar2fs $input tree image.$type < <(cat in.tar)
		[ ! -s stderr ] || die "is not silent"
		check_image image.$type
		[ -e first.$type ] || mv image.$type first.$type
	done
	cmp image.$type first.$type || die "$type: not the same again"
	tar -tvf out.tar | grep -q '^drwxr-x--x.* ./$' ||
		die "$type: another root directory"
	[ "$(ls -A | grep -c '^\.image')" -eq 0 ] || die "left a scratch file"
done
unset SOURCE_DATE_EPOCH

# Holes, zeroes, and times that 32 bits have no room for, with one warning.
mkdir odd
{ truncate -s 20M odd/hole; echo end; } >>odd/hole
head -c 3M /dev/zero >odd/zeroes
echo old >odd/old
echo new >odd/new
touch -d @-5 odd/old
touch -d @7000000000 odd/new
for epoch in '' 8000000000; do
	run_check env ${epoch:+SOURCE_DATE_EPOCH=$epoch} tar2fs odd odd.squashfs
	[ "$(wc -l <stderr)" -eq 1 ] || die "not one warning: $(cat stderr)"
	grep -qE '/(old|new): its time, @(-5|7000000000), cannot be kept in squashfs' \
		stderr || die "does not name the file: $(cat stderr)"
	rm -rf unpacked
	run_check unsquashfs -q -n -d unpacked odd.squashfs >&3
	for name in hole zeroes old new; do
		cmp odd/$name unpacked/$name || die "other data: $name"
	done
	[ "$(stat -c %Y unpacked/old unpacked/new | xargs)" = '0 4294967295' ] ||
		die "times: $(stat -c %Y unpacked/old unpacked/new | xargs)"
done
truncate -s 2T odd/hole
run_mustfail 1 'hole: has holes of more than 1 TiB' \
	tar2fs odd large.squashfs
rm -r odd

run_check tar2fs -t squashfs '--mkfs-options=-comp xz' tree image
unsquashfs -s image | grep -q 'Compression xz' || die "not compressed as asked"
run_mustfail 1 'tar2fs: i.squashfs: mksquashfs: Compressor "nosuch" is not' \
	tar2fs '--mkfs-options=-comp nosuch' in.tar i.squashfs
[ "$(wc -l <stderr)" -eq 1 ] || die "says more"
for option in --size=64M --free=1M --format=qcow2; do
	run_mustfail 2 "is not for squashfs" tar2fs $option tree i.squashfs
done
run_mustfail 2 'squashfs has no label' tar2fs --label=x tree i.squashfs
run_mustfail 2 'only for btrfs, not for squashfs' \
	tar2fs --compress=zstd tree i.squashfs
run_check tar2fs --dry-run tree i.squashfs
[ ! -e i.squashfs ] || die "made an image"

[ "$types" = squashfs ] || exit 0
run_mustfail 1 'this version reads no archives, erofs-utils 1.7 does' \
	tar2fs tree i.erofs
[ ! -e i.erofs ] || die "made an image"
