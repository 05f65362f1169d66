#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-inputs.sh - later inputs go over earlier ones, whatever the types of
# the files; links between names stay within an input.

. "$top_srcdir/tests/helpers/lib-cp.sh"

mkdir -p first/dir/sub first/gone/below first/same second/dir second/same
echo 1 >first/file
ln first/file first/other-name
echo kept >first/dir/kept
echo old >first/dir/sub/old
echo 1 >first/gone/below/file
ln -s dir first/link
ln -s nowhere first/becomes-directory
mkdir first/link-target
echo 1 >first/same/1

echo 2 >second/file
echo 2 >second/dir/new
echo 2 >second/dir/sub
echo 2 >second/gone
mkdir second/becomes-directory
echo 2 >second/becomes-directory/file
rm -rf second/link && echo 2 >second/link
echo 2 >second/same/2
chmod 700 second/same
tar -C second -cf second.tar . || die tar

for second in second second.tar; do
	run_check tar2fs first $second image.ext4
	[ ! -s stderr ] || die "is not silent"
	check_clean ext4 image.ext4
	rm -rf out
	run_check cpfromfs -i image.ext4 --exclude lost+found / -T out
	[ "$(cat out/file out/dir/kept out/dir/new out/dir/sub out/gone \
		out/becomes-directory/file out/link out/same/[12] | tr -d '\n')" = \
		2kept222221"2" ] || die "not as the second has it"
	[ "$(cat out/other-name)" = 1 ] ||
		die "written through another name of the file"
	[ "$(stat -c %a out/same)" = 700 ] || die "permissions of the first"
done

# The other way round, a directory replaces a file.
run_check tar2fs second.tar first image.ext4
run_check fs2tar image.ext4 archive.tar
mkdir other
tar -C other -xf archive.tar || die "tar -x"
[ "$(cat other/gone/below/file other/dir/sub/old other/file | tr -d '\n')" = \
	1old1 ] || die "the first did not go over the second"

# A link in an earlier input does not lead a later one out of the image.
mkdir evil evil2 outside
ln -s "$PWD/outside" evil/out
mkdir evil2/out
echo x >evil2/out/file
tar -C evil2 -cf evil2.tar out/file || die tar
run_check tar2fs evil evil2 image.ext4
run_any tar2fs evil evil2.tar image.ext4
[ -z "$(ls outside)" ] || die "led out of the image"

# Names that lead up are refused, and named.
tar -C evil2 -cPf up.tar --transform 's,^,../,' out/file || die tar
run_mustfail 1 '../out/file: leads out of the destination' \
	tar2fs up.tar image.ext4

# Names that are one to vfat are two files, or a file and a directory: none is lost
# silently, and an input still replaces what has the very same name.
mkdir -p case/{dir,DIR.d,below} case2/dir.D
echo 1 >case/name
echo 2 >case/NAME
echo 3 >case/below/Name
echo 4 >case/below/NAME
echo 5 >case/DIR.d/file
echo 6 >case2/name
tar -C case --sort=name -cf case.tar . || die tar
tar -C case2 -cf case2.tar . || die tar
for type in vfat exfat; do
	for input in case case.tar; do
		run_any tar2fs -q $input case2.tar case.$type
		[ $? -eq 1 ] || die "$type: a file is lost silently"
		[ "$(grep -c 'name is the same to this file system\|file that was just copied' \
			stderr)" -ge 2 ] || die "$type: does not name both"
	done
	echo other >DIR.D
	tar -cf file.tar DIR.D || die tar
	run_mustfail 1 '/DIR.D: will not overwrite a file whose name is the same' \
		tar2fs -q --exclude=NAME case case2 file.tar case.$type
	rm -rf out
	run_check cpfromfs -i case.$type / -T out
	[ "$(cat out/DIR.d/file out/name)" = "5
6" ] || die "$type: a directory is lost"
done

# Names that vfat or exfat would change, or do not allow: each is refused with its
# reason, and ntfs has them all.
mkdir -p odd/{dir.,other/..x}
for name in dot. dots.. dir./file 'space ' a:b q? $'a\tb' 'a\b' ' lead' .hidden \
		'two. parts' other/..x/...; do
	echo "$name" >"odd/$name"
done
tar -C odd -cf odd.tar . || die tar
tar -C odd -cf files.tar dir./file other/..x/... ' lead' || die tar
odd_kept=('two. parts' ' lead' .hidden)

# check_odd_names TYPE TEXT NAME... - these are refused with that, and no others are
check_odd_names() {
	local type=$1 text=$2 name
	shift 2
	for name; do
		grep -qF "/$name: its name cannot be kept in $type, which $text" \
			stderr || die "$type: does not refuse $name: $(cat stderr)"
	done
}
for type in vfat exfat; do
	for input in odd odd.tar; do
		run_any tar2fs -q $input odd.$type
		[ $? -eq 1 ] || die "$type: keeps all names"
		check_odd_names $type 'drops dots at the end of names' dot. dots.. \
			dir. other/..x/...
		check_odd_names $type 'allows none of "*:<>?\| in names' a:b q? 'a\\b'
		check_odd_names $type 'allows no control characters' 'a\tb'
		[ $type = exfat ] || check_odd_names $type \
			'allows no space at the end of names' 'space '
		run_check lklfs find odd.$type / >list
		! grep -qxE '/(dot|dots|dir|other/..x/.*|a.b|q.)' list >&3 ||
			die "$type: another name"
		for name in "${odd_kept[@]}"; do
			run_check lklfs cat odd.$type "/$name" >got
			check_text got "$name"
		done
	done
	# The members' directories are no members.
	run_any tar2fs -q files.tar odd.$type
	check_odd_names $type 'drops dots' dir./file other/..x/...
	run_check lklfs ls odd.$type / >list
	check_text list ' lead'
done
run_check tar2fs -q odd odd.ntfs
run_check cpfromfs -i odd.ntfs / -T out-odd
diff -r odd out-odd >&3 || die "ntfs: other names"

# A member in the place of the root directory removes nothing, and a hard link to a
# directory takes nothing from other links.
python3 - <<'END' || die python3
import io, tarfile
def make(name, *members):
    archive = tarfile.open(name, "w")
    for name, type, target in members:
        member = tarfile.TarInfo(name)
        member.type, member.linkname, member.mode = type, target, 0o755
        archive.addfile(member)
    archive.close()
for n, (type, target) in enumerate(((tarfile.REGTYPE, ""),
        (tarfile.SYMTYPE, "file"), (tarfile.LNKTYPE, "file"))):
    make("root-%d.tar" % n, ("file", tarfile.REGTYPE, ""), (".", type, target))
make("links.tar", ("d", tarfile.DIRTYPE, ""), ("to-d", tarfile.LNKTYPE, "d"),
     ("a", tarfile.REGTYPE, ""), ("b", tarfile.LNKTYPE, "a"))
END
for n in 0 1 2; do
	run_mustfail 1 'a file in the place of the root directory' \
		tar2fs first root-$n.tar image.ext4
	run_check fs2tar -q image.ext4 - | tar -tf - >list
	grep -qx ./dir/kept list || die "removes what was there"
	grep -qx ./file list || die "removes what was there"
done
run_mustfail 1 '/to-d: hard link to a directory' tar2fs links.tar image.ext4
[ "$(wc -l <stderr)" -eq 1 ] || die "says more"
run_check fs2tar -q image.ext4 - | tar -tvf - | grep -q '^h.* link to ' ||
	die "no hard link is left"

# Options about files are those of cptofs.
run_check tar2fs --owner=7 --group=8 --mtime=@9 --exclude=dir first image.ext4
run_check fs2tar --exclude ./lost+found image.ext4 archive.tar
tar --numeric-owner --full-time -tvf archive.tar >list
! grep -v ' 7/8 .* 1970-01-01 00:00:09 ' list >&3 || die "another owner or time"
! grep -q '\./dir' list || die "--exclude"
