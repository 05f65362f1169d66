#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-vfat.sh - cptofs reports once what vfat cannot store, and copies the rest.

. "$top_srcdir/tests/helpers/lib-cp.sh"

mkdir tree tree/sub
for n in $(seq 20); do
	seq $n 2000 >tree/sub/file-$n
	chmod 4751 tree/sub/file-$n
done
ln tree/sub/file-1 tree/link-1
ln tree/sub/file-2 tree/link-2
make_image vfat image 64M
run_check cptofs -i image tree -o 1000 -g 1000 /
for what in owners permissions 'hard links'; do
	[ "$(grep -c "$what cannot be kept in vfat" stderr)" -eq 1 ] ||
		die "$what: not told once"
done
[ "$(wc -l <stderr)" -eq 3 ] || die "says more than it should"
check_clean vfat image
mkdir out
run_check cpfromfs -i image /tree out
diff -r tree out/tree >&3 || die "contents differ"
run_mustfail 1 'owners cannot be kept' cptofs -i image --preserve=ownership \
	-o 1000 tree/sub/file-1 /

# Hard links of an archive become copies, too, and one to itself is kept.
tar -cf tree.tar tree || die tar
make_image vfat tar.img 64M
run_check cptofs -i tar.img --tar tree.tar /
[ "$(grep -c 'hard links cannot be kept in vfat' stderr)" -eq 1 ] ||
	die "hard links: not told once"
mkdir out-tar
run_check cpfromfs -i tar.img /tree out-tar
diff -r tree out-tar/tree >&3 || die "contents differ"
check_clean vfat tar.img
python3 - <<'EOF' || die python3
import io, tarfile
archive = tarfile.open("self.tar", "w")
member = tarfile.TarInfo("file")
member.size = 5
archive.addfile(member, io.BytesIO(b"text\n"))
member.type, member.size, member.linkname = tarfile.LNKTYPE, 0, "file"
archive.addfile(member)
archive.close()
EOF
run_check cptofs -i tar.img --tar self.tar /
run_check cpfromfs -i tar.img /file self
[ "$(cat self)" = text ] || die "a link to itself emptied the file"

# A time before 1980 changes, with one warning.
mkdir old
touch -d 1975-01-01T00:00:00Z old/first old/second
run_check cptofs -i image old /
grep -qE '/old/(first|second): its time, @157766400, cannot be kept in vfat' \
	stderr || die "time: $(cat stderr)"
[ "$(grep -c 'its time' stderr)" -eq 1 ] || die "each time is told"

# Files that cannot be there at all are an error.
ln -s file tree/symlink-1
ln -s file tree/symlink-2
mkfifo tree/fifo
run_mustfail 1 'symbolic links' cptofs -i image -q tree /
[ "$(grep -c 'symbolic links cannot be kept' stderr)" -eq 1 ] ||
	die "each link is told"
grep -q '2 symbolic links were left out' stderr || die "no sum"

# Names that are one to vfat are two files: none is lost silently.
mkdir case
echo 1 >case/name
echo 2 >case/NAME
run_mustfail 1 'will not overwrite a file that was just copied' \
	cptofs -i image -q case /

# A name that vfat cannot have is not a special file.
run_mustfail 1 'a:b: cannot write: Invalid argument' \
	lklfs write image a:b </dev/null
VISUAL="sh -c 'echo new >\"\$1\"' sh" TMPDIR=$PWD \
	run_mustfail 1 'a:b: cannot write: Invalid argument' lklfs edit image a:b
