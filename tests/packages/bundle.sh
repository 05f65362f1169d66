#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 1800
#
# bundle.sh - "make static-bundle" makes a tarball of at most 20 MB.  Its tools work
# in a folder that holds nothing else, as an ordinary user, also where the kernel
# lacks all system calls since Linux 4.18.  The container image has the same.  Those of
# a cross build work in QEMU's user mode, as far as that goes.

. "$top_srcdir/tests/helpers/lib.sh"
need unshare chroot setpriv e2fsck umoci qemu-nbd
is_root || skip "needs root"
cpu=$(sed -n 's/^host_cpu = //p' "$top_builddir/Makefile")
case $cpu in
x86_64) architecture=amd64 ;;
aarch64) architecture=arm64 ;;
*) die "a build for $cpu" ;;
esac
emulator=
if [ "$cpu" != "$(uname -m)" ]; then
	need "qemu-$cpu-static"
	emulator=$(command -v "qemu-$cpu-static")
fi

run_check make -C "$top_builddir" static-bundle >bundle.log
bundle=$top_builddir/bundle
tarball=$(ls "$bundle"/*.tar.xz)
name=$(basename "$tarball" .tar.xz)
[ "${name##*-}" = "$cpu" ] || die "another name: $name"
(cd "$bundle" && sha256sum --quiet -c SHA256SUMS) || die "other checksums"
size=$(stat -c %s "$tarball")
echo "$size bytes of at most 20000000"
[ "$size" -le 20000000 ] || die "the tarball is too large"

# ---- The bill of materials ----

python3 - "$bundle/$name.spdx.json" $architecture <<'END' || die "the bill of materials is wrong"
import hashlib, json, re, sys
document = json.load(open(sys.argv[1]))
assert document["spdxVersion"] == "SPDX-2.3"
names = {p["name"] for p in document["packages"]}
print(*sorted(names))
for name in "lkl", "libc6", "libarchive13", "libnbd0", "e2fsprogs":
    assert name in names, name
assert any(n.startswith("linux") for n in names)
# All are for one processor, and none is a package for cross builds.
for package in document["packages"]:
    assert not package["name"].endswith("-cross"), package
    for reference in package.get("externalRefs", []):
        assert reference["referenceLocator"].endswith(
            ("?arch=" + sys.argv[2], "?arch=all")), reference
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
chmod 755 "$work"
tar -C "$root" --no-same-owner -xf "$tarball" || die "cannot unpack"
mv "$root/$name" "$root/lkl"
! find "$root/lkl" -type l ! -exec test -e {} \; -print | grep . ||
	die "a link to nothing"
find "$root/lkl" -type f -exec readelf -h {} \; 2>/dev/null |
	sed -n 's/^ *Machine: *//p' | sort | uniq -c >machines
cat machines
[ "$(wc -l <machines)" -eq 1 ] || die "programs for several processors"
cp "$helpers/bundle/"* "$helpers/old-kernel.c" "$work/"
echo hello >"$root/tree/file"
seq 100000 >"$root/tree/numbers"
: >"$root/dev/fuse" && : >"$root/dev/null"

# as_somebody native|emulated [WRAPPER] - runs these commands in a namespace
as_somebody() {
	chown -R 1000:1000 "$root"
	setpriv --reuid=1000 --regid=1000 --clear-groups \
		env root="$root" wrapper="${2:-}" PATH="$PATH" \
		unshare -Urm --pid --fork --kill-child \
		bash "$work/$1" >run.log 2>&1 ||
		{ tail -n 20 run.log; die "the tools do not work ${2:+on an old kernel}"; }
	cat run.log
	rm -rf "$root"/tmp/* "$root/copy"
}

if [ -n "$emulator" ]; then
	cp "$emulator" "$root/emulator"
	mke2fs -q -t ext4 -d "$root/tree" "$root/image" 16M
	as_somebody emulated
else
	cp "$bundle/$name.oci.tar" "$root/oci.tar"
	$CC -std=gnu11 -o "$work/old-kernel" "$work/old-kernel.c" || die "cannot compile"
	$CC -std=gnu11 -static -o "$root/tree/inside" "$work/inside.c" ||
		die "cannot compile"
	mke2fs -q -t ext4 -d "$root/tree" "$root/image" 16M
	as_somebody native
	as_somebody native "$work/old-kernel"

	# Through a link, too, and from another folder.
	ln -s "$root/lkl/bin/fs2tar" "$work/link"
	"$work/link" --version >version || die "not through a link"
	grep -q '^fs2tar' version || die "another name: $(cat version)"
fi

# ---- The container image, as another program sees it ----

mkdir layout && tar -C layout -xf "$bundle/$name.oci.tar"
version=${name#lkl-} version=${version%-*}
run_check umoci unpack --image "layout:$version" unpacked >umoci.log
diff -r "$root/lkl" unpacked/rootfs/opt/lkl >&3 || die "other files in the container"
grep -q '"uid": *1000' unpacked/config.json || die "it runs as root"
grep -q "\"architecture\": *\"$architecture\"" layout/index.json ||
	die "the container is for another processor"
chmod 755 . unpacked
[ -n "$emulator" ] || setpriv --reuid=1000 --regid=1000 --clear-groups env -i \
	/usr/bin/unshare -Ur /usr/sbin/chroot unpacked/rootfs /opt/lkl/bin/fs2tar --version >&3 ||
	die "the container's fs2tar does not run"
rm -rf unpacked layout
