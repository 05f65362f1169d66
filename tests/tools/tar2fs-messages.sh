#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-messages.sh - tar2fs says what is wrong once and in one sentence: of
# options, of mkfs, of attributes that it cannot keep.

. "$top_srcdir/tests/helpers/lib-cp.sh"

mkdir -p tree/sub
echo text >tree/file

# Options.
for free in 91% 99% 100% 1000% -1% %; do
	run_mustfail 2 "not from 0% to 90%: $free" tar2fs --free=$free tree i.ext4
done
run_check tar2fs --free=90% tree i.ext4
check_clean ext4 i.ext4
for method in zstd:16 zstd: zstd:0 lzo:1 zlib:10 gzip zstd,ssd ''; do
	run_mustfail 2 'not zstd, zlib or lzo' \
		tar2fs --compress=$method tree i.btrfs
done
run_mustfail 1 'standard input is a directory: give its name' \
	tar2fs - i.ext4 <tree
for suffix in udf iso; do
	run_mustfail 2 "cannot make $suffix" tar2fs tree i.$suffix
done
for suffix in vmdk vdi gz tar; do
	run_mustfail 2 "cannot make .$suffix files" tar2fs tree i.$suffix
done
run_check tar2fs -t ext4 tree i.iso
for name in i.fat i.squash i.iso.img i.sqfs.qcow2; do
	run_mustfail 2 'makes another file system of this name' \
		tar2fs tree $name
done
# A suffix for the format may follow that of the type.
run_check tar2fs tree i.vfat.img
[ "$(blkid -p -o value -s TYPE i.vfat.img)" = vfat ] || die "not a vfat"
run_check tar2fs tree i.ext2.qcow2
qemu-img convert -O raw i.ext2.qcow2 i.raw || die qemu-img
dumpe2fs -h i.raw 2>&1 | grep -q has_journal && die "not an ext2"
rm i.raw
run_check tar2fs --format=raw tree i.vmdk

# The reason of mkfs, which an explanation of its options may follow.
must_say() {
	run_mustfail 1 "tar2fs: $1" tar2fs "--mkfs-options=$2" tree "$3"
	[ "$(wc -l <stderr)" -eq 1 ] || die "says more than one line"
}
must_say "i.ext4: mke2fs: invalid option -- 'Z'" -Z i.ext4
must_say 'i.ext4: mke2fs: Invalid filesystem option set: nosuch' '-O nosuch' \
	i.ext4
must_say 'i.xfs: mkfs.xfs: Invalid value 4711 for -n size' '-n size=4711' i.xfs
must_say 'i.vfat: mkfs.vfat: Bad number of sectors per cluster' '-s 4711' i.vfat
must_say 'i.f2fs: mkfs.f2fs: Wrong features nosuch' '-O nosuch' i.f2fs
run_mustfail 1 'i.f2fs: mkfs.f2fs: ' tar2fs --size=10M tree i.f2fs
[ "$(grep -ci error stderr)" -eq 0 ] || die "more than the reason: $(cat stderr)"
run_mustfail 1 'tar2fs: -: cannot read: ' tar2fs - i.ext4 <&-
must_say 'i.ntfs: mkntfs: The cluster size is invalid' '-c 17' i.ntfs
must_say 'i.exfat: mkfs.exfat: cluster size' '-c 17' i.exfat

# The image is made in the folder that it is made of.
cd tree || die cd
for image in root.ext4 root.ext4 root.qcow2 root.qcow2; do
	run_check tar2fs . $image
	run_check fs2tar $image ../archive.tar
	names ../archive.tar | grep -F $image && die "$image holds itself"
	names ../archive.tar | grep -F ./.root && die "holds a temporary file"
done
grep -q 'root.qcow2: left out, since the image will replace it' stderr ||
	run_any tar2fs . root.qcow2
grep -q 'root.qcow2: left out, since the image will replace it' stderr ||
	die "does not say what is left out"
rm root.*
cd .. || die cd

# More names at the top than a vfat has room for by default.
mkdir many
(cd many && seq -f 'a name of more than eleven letters %g' 700 |
	xargs -d '\n' touch) || die touch
run_check tar2fs -q many many.vfat
check_clean vfat many.vfat
run_check fs2tar -q many.vfat archive.tar
[ "$(names archive.tar | grep -c letters)" -eq 700 ] || die "names are missing"
[ "$(stat -c %s many.vfat)" -lt 262144 ] || die "larger than needed"

# What is wrong with a file is said once, whatever sizes are tried.
head -c 3M /dev/urandom >many/data
run_check tar2fs --free=50% many many.vfat
[ "$(grep -c 'permissions cannot be kept' stderr)" -eq 1 ] ||
	die "repeats a warning"
# Also with several inputs.
mkdir more
touch more/other
run_check tar2fs many more many.vfat
[ "$(grep -c 'permissions cannot be kept' stderr)" -eq 1 ] ||
	die "repeats a warning for another input"

# There is nothing to say of what the file system gives all files anyway.
mkdir -p bootable/EFI/BOOT
touch bootable/EFI/BOOT/program
chmod -R 755 bootable
for type in vfat exfat; do
	run_check tar2fs --owner=0 --group=0 bootable boot.$type
	grep -F 'cannot be kept' stderr && die "$type: warns in vain"
done
chmod 750 bootable/EFI
run_check tar2fs --owner=0 --group=0 bootable boot.vfat
grep -q 'warning: /EFI: permissions cannot be kept in vfat' stderr ||
	die "does not warn of lost permissions"
run_check tar2fs --owner=0 --group=7 bootable boot.vfat
grep -q 'owners cannot be kept in vfat' stderr ||
	die "does not warn of a lost group"

# ACLs with names: the archive itself may tell their numbers, before or after.
# Without numbers nobody knows who that is.
python3 - <<'EOF' || die python3
import io, tarfile
archive = tarfile.open("acl.tar", "w", format=tarfile.PAX_FORMAT)
acl = "user::rw-,user:%s,group::r--,mask::rw-,other::---"
def add(name, data, **keys):
	member = tarfile.TarInfo(name)
	member.mode, member.size = 0o660, len(data)
	for key, value in keys.items():
		setattr(member, key, value)
	archive.addfile(member, io.BytesIO(data))

for name, user in (("named", "no-such-user:r--"), ("known", "root:r--"),
		   ("numeric", "1234:rw-"), ("both", "no-such-user:rw-:1234"),
		   ("owned", "owner:rwx"), ("listed", "listed:rwx"),
		   ("gone", "owner:rwx")):
	add(name, b"x", pax_headers={"SCHILY.acl.access": acl % user})
add("of-owner", b"", uname="owner", uid=4000, gname="owner", gid=5000)
add("etc/passwd", b"root:x:0:0::/:\nowner:x:1:1::/:\nlisted:x:4001:1::/:\n")
add("dir", b"", type=tarfile.DIRTYPE, pax_headers={"SCHILY.acl.default":
    "user::rwx,group::r-x,group:owner:rwx,mask::rwx,other::---"})
# The last member of a directory counts, and the last file of a name.
for name, acl in (("first", False), ("last", True)):
	add("twice-" + name, b"", type=tarfile.DIRTYPE, pax_headers={
	    "SCHILY.acl.default": "user::rwx,user:no-such-user:rwx,group::r-x," +
	    "group:owner:rwx,mask::rwx,other::---"} if not acl else {})
	add("twice-" + name, b"", type=tarfile.DIRTYPE, pax_headers={
	    "SCHILY.acl.default": "user::rwx,group::r-x,group:owner:rwx," +
	    "mask::rwx,other::---"} if acl else {})
add("other", b"")
add("gone", b"", type=tarfile.SYMTYPE, linkname="other")
archive.close()
EOF
run_mustfail 1 '/named: the archive has no number for the user no-such-user' \
	tar2fs acl.tar i.ext4
[ "$(wc -l <stderr)" -eq 1 ] || die "not one line"
# has_acl FILE BYTES [NAME] - the list has these
has_acl() {
	debugfs -R "ea_get -x $1 system.posix_acl_${3-access}" i.ext4 2>&3 >acl
	cat acl >&3
	grep -q "$2" acl
}
has_acl owned 'a0 0f 00 00' || die "not the number of a later owner"
has_acl listed 'a1 0f 00 00' || die "not the number in etc/passwd"
has_acl dir '88 13 00 00' default || die "not the number of a later group"
has_acl other . && die "a file got the list of another"
has_acl twice-first . default && die "got the list of an earlier member"
has_acl twice-last '88 13 00 00' default || die "not the list of the last member"
debugfs -R 'ea_list both' i.ext4 2>&3 | grep -q 'd2 04 00 00' ||
	die "does not take the number"
debugfs -R 'ea_list numeric' i.ext4 2>&3 | grep -q 'd2 04 00 00' ||
	die "does not take the number for a name"
debugfs -R 'ea_list named' i.ext4 2>&3 | grep -q 'acl_access (20)' ||
	die "leaves out the other entries"
run_check tar2fs tree j.ext4
# cptofs replaces no file by a link.
run_mustfail 1 '/named: the archive has no number for the user no-such-user' \
	cptofs -i j.ext4 --exclude gone --tar acl.tar /

# A compressed image is no archive, either.
for command in gzip xz zstd bzip2; do
	$command -c <i.ext4 >i.packed
	for size in '' --size=64M; do
		run_mustfail 1 'not a tar archive: begins with zeroes' \
			tar2fs $size i.packed new.ext4
		run_mustfail 1 'not a tar archive: begins with zeroes' \
			tar2fs $size - new.ext4 < <(cat i.packed)
	done
	# A pipe may bring the first bytes alone.
	run_mustfail 1 'not a tar archive: begins with zeroes' \
		cptofs -i j.ext4 --tar - / < <(
			{ dd bs=10 count=1 2>&3 && sleep 0.2 && cat; } <i.packed)
	[ ! -e new.ext4 ] || die "made an image of an image"
	tar -cf - -T /dev/null | $command -c >none.tar.packed
	run_check tar2fs none.tar.packed none.ext4
done
