#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 1800
#
# bundle.sh - "make static-bundle" makes a tarball of at most 20 MB.  Its tools work
# in a folder that holds nothing else, as an ordinary user, also where the kernel
# lacks all system calls since Linux 4.18.  The container image has the same.

. "$top_srcdir/tests/helpers/lib.sh"
need unshare chroot setpriv e2fsck umoci qemu-nbd
is_root || skip "needs root"

run_check make -C "$top_builddir" static-bundle >bundle.log
bundle=$top_builddir/bundle
tarball=$(ls "$bundle"/*.tar.xz)
name=$(basename "$tarball" .tar.xz)
(cd "$bundle" && sha256sum --quiet -c SHA256SUMS) || die "other checksums"
size=$(stat -c %s "$tarball")
echo "$size bytes of at most 20000000"
[ "$size" -le 20000000 ] || die "the tarball is too large"

# ---- The bill of materials ----

python3 - "$bundle/$name.spdx.json" <<'END' || die "the bill of materials is wrong"
import hashlib, json, re, sys
document = json.load(open(sys.argv[1]))
assert document["spdxVersion"] == "SPDX-2.3"
names = {p["name"] for p in document["packages"]}
print(*sorted(names))
for name in "lkl", "libc6", "libarchive13", "libnbd0", "e2fsprogs":
    assert name in names, name
assert any(n.startswith("linux") for n in names)
ids = [x["SPDXID"] for x in document["packages"] + document["files"]]
assert len(ids) == len(set(ids))
assert all(re.fullmatch("SPDXRef-[A-Za-z0-9.-]+", i) for i in ids)
known = set(ids) | {"SPDXRef-DOCUMENT"}
for r in document["relationships"]:
    assert r["spdxElementId"] in known and r["relatedSpdxElement"] in known
# Each file belongs to one package.
owned = [r["relatedSpdxElement"] for r in document["relationships"]
         if r["relationshipType"] == "CONTAINS"]
assert sorted(owned) == sorted(f["SPDXID"] for f in document["files"])
END

# ---- An empty folder ----

work=$(mktemp -d /tmp/lkl-bundle.XXXXXX)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root"/{dev,proc,mnt,tree,tmp}
tar -C "$root" --no-same-owner -xf "$tarball" || die "cannot unpack"
mv "$root/$name" "$root/lkl"
! find "$root/lkl" -type l ! -exec test -e {} \; -print | grep . ||
	die "a link to nothing"
cp "$helpers/old-kernel.c" "$work/"
$CC -std=gnu11 -o "$work/old-kernel" "$work/old-kernel.c" || die "cannot compile"
echo hello >"$root/tree/file"
seq 100000 >"$root/tree/numbers"
# What lklrun runs: a program on the files of the image, which needs no libraries.
cat >"$work/inside.c" <<'END'
#include <stdio.h>

int main(void)
{
	char line[64] = "";
	FILE *file = fopen("/file", "r");

	return !file || !fgets(line, sizeof(line), file) || puts(line) < 0 ||
		!(file = fopen("/written", "w")) || fputs(line, file) < 0 ||
		fclose(file);
}
END
$CC -std=gnu11 -static -o "$root/tree/inside" "$work/inside.c" ||
	die "cannot compile"
mke2fs -q -t ext4 -d "$root/tree" "$root/image" 16M
: >"$root/dev/fuse" && : >"$root/dev/null"
chown -R 1000:1000 "$root"
chmod 755 "$work"

# What runs as root of a namespace of the user, outside of the folder, with chroot
# before each command.
cat >"$work/commands" <<'END'
set -eu
mount -t proc proc "$root/proc"
mount --bind /dev/null "$root/dev/null"
mount --bind /dev/fuse "$root/dev/fuse"
cd "$root"
run() {
	program=$1
	shift
	# Landlock came with Linux 5.13.
	case $wrapper,$program,$1 in
	,* | *,--version) ;;
	*) set -- --sandbox=best "$@" ;;
	esac
	echo "+ $program $*"
	env -i PATH=/nowhere $wrapper /usr/sbin/chroot "$root" "/lkl/bin/$program" "$@"
}
for program in fs2tar cptofs cpfromfs tar2fs lklfs lklrun lklfuse; do
	run $program --version
done
# fs2tar, with its own compressor and with libarchive's.
run fs2tar /image /tmp/image.tar
tar -xOf tmp/image.tar ./file | grep -qx hello
for suffix in gz bz2 xz zst; do
	run fs2tar /image /tmp/image.tar.$suffix
	cp "tmp/image.tar.$suffix" tmp/packed
	tar -xOf tmp/packed ./numbers | cmp - tree/numbers
done
# cptofs
cp image copy
run cptofs -i /copy /tree/numbers /second
run cptofs -i /copy --tar /tmp/image.tar.zst --mkdir /from-tar
run cpfromfs -i /copy /second /tmp/back
cmp tmp/back tree/numbers
run cpfromfs -i /copy /from-tar/file /tmp/back-file
grep -qx hello tmp/back-file
# tar2fs, of a folder, an archive and a container image
run tar2fs /tree /tmp/tree.ext4
SOURCE_DATE_EPOCH=1
export SOURCE_DATE_EPOCH
run tar2fs /tmp/image.tar.xz /tmp/archive.ext4
if [ -e oci.tar ]; then
	run tar2fs /oci.tar /tmp/container.ext4
	/sbin/e2fsck -fn tmp/container.ext4
fi
/sbin/e2fsck -fn tmp/tree.ext4
/sbin/e2fsck -fn tmp/archive.ext4
run fs2tar /tmp/tree.ext4 /tmp/again.tar
tar -xOf tmp/again.tar ./numbers | cmp - tree/numbers
# libnbd, which needs most of the libraries
qemu-nbd -r -f raw -t -k "$root/tmp/socket" "$root/image" &
for i in $(seq 100); do
	[ ! -S tmp/socket ] || break
	sleep 0.1
done
run fs2tar 'nbd+unix:///?socket=/tmp/socket' /tmp/nbd.tar
kill $!
cmp tmp/nbd.tar tmp/image.tar
# The program that derives the keys of encrypted volumes finds its libraries.
for helper in lkl/lib/liblkl/*; do
	case $helper in
	*.so | */lklrun-exec) ;;
	*)
		env -i $wrapper /usr/sbin/chroot "$root" "/$helper" </dev/null &&
			status=0 || status=$?
		[ $status -lt 126 ] || exit 1
		;;
	esac
done
# lklrun, which needs calls that the old kernel lacks
if [ -z "$wrapper" ]; then
	cp image running
	run lklrun --root -i /running -- /inside | grep -qx hello
	/sbin/e2fsck -fn running
	run lklfs cat /running /written | grep -qx hello
fi
# lklfuse
run lklfuse /copy /mnt
cmp mnt/second tree/numbers
echo more >mnt/more
run lklfuse --unmount /mnt
/sbin/e2fsck -fn copy
run cpfromfs -i /copy /more /tmp/
grep -qx more tmp/more
END
cp "$bundle/$name.oci.tar" "$root/oci.tar"

# as_somebody [WRAPPER]
as_somebody() {
	setpriv --reuid=1000 --regid=1000 --clear-groups \
		env root="$root" wrapper="${1:-}" PATH="$PATH" \
		unshare -Urm --pid --fork --kill-child \
		bash "$work/commands" >run.log 2>&1 ||
		{ tail -n 20 run.log; die "the tools do not work ${1:+on an old kernel}"; }
	cat run.log
	rm -rf "$root"/tmp/* "$root/copy"
}
as_somebody
as_somebody "$work/old-kernel"

# Through a link, too, and from another folder.
ln -s "$root/lkl/bin/fs2tar" "$work/link"
"$work/link" --version >version || die "not through a link"
grep -q '^fs2tar' version || die "another name: $(cat version)"

# ---- The container image, as another program sees it ----

mkdir layout && tar -C layout -xf "$bundle/$name.oci.tar"
version=${name#lkl-} version=${version%-*}
run_check umoci unpack --image "layout:$version" unpacked >umoci.log
diff -r "$root/lkl" unpacked/rootfs/opt/lkl >&3 || die "other files in the container"
grep -q '"uid": *1000' unpacked/config.json || die "it runs as root"
chmod 755 . unpacked
setpriv --reuid=1000 --regid=1000 --clear-groups env -i \
	/usr/bin/unshare -Ur /usr/sbin/chroot unpacked/rootfs /opt/lkl/bin/fs2tar --version >&3 ||
	die "the container's fs2tar does not run"
rm -rf unpacked layout
