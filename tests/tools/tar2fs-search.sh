#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-search.sh - while tar2fs searches a size, no file gets lost without a
# message, and the search ends for all inputs.

. "$top_srcdir/tests/helpers/lib-cp.sh"

# A member fails, and then the first size is too small: with clusters, small
# files need more room than tar2fs expects.
mkdir clusters
head -c 4M /dev/urandom >clusters/large
for n in {1..30}; do
	echo $n >clusters/$n
done
echo evil >evil
tar -cPf clusters.tar --transform='s,^evil$,../evil,' evil -C clusters .
run_any tar2fs --mkfs-options='-O bigalloc -C 32768' clusters.tar image.ext4 &&
	die "a member that leads out is no failure"
mkdir unpacked
run_check cpfromfs -q -i image.ext4 /. unpacked
rmdir unpacked/lost+found
diff -r clusters unpacked || die "files are lost"

# Attributes that take more room than tar2fs expects, with the smallest inodes, are
# in the image all the same, and one that ext4 cannot hold is named.
need python3 setfattr getfattr
python3 - <<'END' || die python3
import tarfile
for archive, size in ("attributes.tar", 0), ("too-large.tar", 9000):
    with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as archive:
        for n in range(400):
            member = tarfile.TarInfo("file-%03d" % n)
            member.pax_headers = {"SCHILY.xattr.user.n": "value %d" % n}
            archive.addfile(member)
        if size:
            member = tarfile.TarInfo("last")
            member.pax_headers = {"SCHILY.xattr.user.n": "x" * size}
            archive.addfile(member)
END
run_check tar2fs --mkfs-options='-I 128' attributes.tar image.ext4
[ ! -s stderr ] || die "is not silent"
check_clean ext4 image.ext4
run_check fs2tar -q image.ext4 again.tar
[ "$(grep -ac 'SCHILY.xattr.user.n=value' again.tar)" -eq 400 ] ||
	die "attributes are lost"
run_mustfail 1 '/last: cannot set extended attribute: No space left' \
	tar2fs --mkfs-options='-I 128' too-large.tar image.ext4
[ "$(wc -l <stderr)" -eq 1 ] || die "says more"

# Members without their directories, as "tar -cf x.tar */f" makes them.
mkdir parents
for n in {1..600}; do
	mkdir -p parents/$((n % 20))/d$n/below
	echo $n >parents/$((n % 20))/d$n/below/f
done
(cd parents && tar -cf ../parents.tar */*/*/f)
for type in ext4 ext3 ext2 vfat; do
	run_check tar2fs -q parents.tar image.$type
	check_clean $type image.$type
	rm -rf unpacked
	mkdir unpacked
	run_check cpfromfs -q -i image.$type /. unpacked
	rm -rf unpacked/lost+found
	diff -r parents unpacked || die "$type: files are lost"
done

# These store the zeroes of a hole, or make room for them.
mkdir holes
truncate -s 40M holes/hole
echo data >holes/data
tar -C holes -c --sparse -f holes.tar . || die tar
for type in vfat exfat ntfs; do
	for input in holes holes.tar; do
		run_check tar2fs -q $input image.$type
		rm -rf unpacked
		mkdir unpacked
		run_check cpfromfs -q -i image.$type /. unpacked
		diff -r holes unpacked || die "$type: another content"
	done
done

# A later member replaces a directory, and nothing is left of that.
mkdir -p replaced/other
mkdir -m 700 replaced/{d,e}
mkdir -m 750 replaced/d/below
chmod 755 replaced/other
tar -C replaced -cf replaced.tar other d e
rm -r replaced/[de]
echo file >replaced/d
ln -s other replaced/e
tar -C replaced -rf replaced.tar d e
run_check tar2fs -q replaced.tar image.ext4
[ ! -s stderr ] || die "is not silent"
check_clean ext4 image.ext4
run_check fs2tar -q --exclude ./lost+found image.ext4 again.tar
tar -tvf again.tar >list
grep -q '^-.* \./d$' list || die "d is no file"
grep -q '^l.* \./e -> other$' list || die "e is no link"
grep -q '^drwxr-xr-x .* \./other/$' list || die "a link's target was changed"

# Of small files, btrfs needs room for metadata alone.  What then stays free in a
# file system that is full is no reason to copy all once more.
need mkfs.btrfs
mkdir bin tiny
for d in {1..200}; do
	mkdir tiny/$d
	for f in {1..150}; do
		printf "%$((50 + (d * f) % 1500))d" $f >tiny/$d/some-file-name-$f
	done
done
cat >bin/mkfs.btrfs <<END
#!/bin/sh
echo >>"$PWD/calls"
exec $(type -P mkfs.btrfs) "\$@"
END
chmod +x bin/mkfs.btrfs
run_check env PATH="$PWD/bin:$PATH" tar2fs --no-sandbox tiny image.btrfs
check_clean btrfs image.btrfs
echo "$(wc -l <calls) tries, $(stat -c %s image.btrfs) bytes" >&3
[ "$(wc -l <calls)" -le 6 ] || die "tries too much: $(wc -l <calls)"

# So many inodes that mke2fs would not make them in an image for the data alone.
for n in 300 3000 20000; do
	mkdir empty-$n
	(cd empty-$n && seq -f 'f%.0f' $n | xargs touch) || die touch
	for options in '' '-I 1024' '-I 128'; do
		run_check tar2fs "--mkfs-options=$options" empty-$n image.ext4
		[ ! -s stderr ] || die "is not silent"
		check_clean ext4 image.ext4
		run_check fs2tar -q --exclude lost+found image.ext4 again.tar
		[ "$(tar -tf again.tar | grep -c /f)" -eq $n ] ||
			die "files are lost"
	done
	rm -r empty-$n
done
