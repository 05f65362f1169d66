#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# recipes-nixos.sh - the command lines with which nixpkgs makes disk images work
# unchanged: those of make-disk-image.nix, and of make-ext4-fs.nix as long as that
# called cptofs.  Nix itself is not needed.  They run through the wrapper that
# docs/for-distributions.md has, so that all copies are root's.

. "$top_srcdir/tests/helpers/lib-cp.sh"
need mkfs.ext4 e2fsck sfdisk partx

real=$(command -v cptofs)
mkdir bin
{
	echo '#!/bin/bash'
	sed -n 's/^    *\(exec .*\/bin\/cptofs .*\)/\1/p' \
		"$top_srcdir/docs/for-distributions.md"
} >bin/cptofs
[ "$(wc -l <bin/cptofs)" -eq 2 ] || die "no wrapper in the page"
sed -i "s,\\\${liblkl}/bin/cptofs,$real," bin/cptofs
grep -qF "$real" bin/cptofs || die "the wrapper calls another program"
chmod +x bin/cptofs

root=$PWD/root
mkdir -p "$root"/{etc,nix/store/abc-hello/bin,nix/var,empty,bin}
echo text >"$root/etc/issue"
echo program >"$root/nix/store/abc-hello/bin/hello"
chmod 555 "$root/nix/store/abc-hello/bin/hello"
ln -s /nix/store/abc-hello/bin/hello "$root/bin/sh"

# check_root IMAGE [OPTION...] - it has all of the tree
check_root() {
	rm -rf out
	mkdir out
	run_check cpfromfs -i "$@" '/*' out
	rmdir out/lost+found
	# The root directory is not among the copies.
	check_tree root out '/^ d /d; s/ [0-9]*:[0-9]* / /'
	run_check fs2tar "$@" all.tar
	tar --numeric-owner -tvf all.tar >list
	grep -v ' 0/0 ' list && die "a file does not belong to root"
	[ "$(wc -l <list)" -gt 10 ] || die "few files: $(cat list)"
}

PATH=$PWD/bin:$PATH

# ---- make-disk-image.nix ----

label=nixos blockSize=4096 rootPartition=1 fsType=ext4
diskImage=$PWD/nixos.raw

# A part for each layout: with partitions, or without.
truncate -s 96M "$diskImage"
echo 'start=2048, type=83' | sfdisk -q "$diskImage" >&3 ||
	die "no partition table"
make_file_system() {
	# Sets START and SECTORS.
	eval "$(partx "$diskImage" -o START,SECTORS --nr $rootPartition --pairs)"
	mkfs.$fsType -q -b $blockSize -F -L $label "$diskImage" \
		-E offset=$((START * 512)) $((SECTORS / 2))K >&3 2>&1 ||
		die "no file system"
}
make_file_system
run_check cptofs -p -P $rootPartition \
	-t $fsType \
	-i "$diskImage" \
	"$root"/* /
check_root "$diskImage" -P 1
# Older versions quote the option and its argument as one word.
make_file_system
run_check cptofs -p "-P $rootPartition" -t $fsType -i "$diskImage" "$root"/* /
check_root "$diskImage" -P 1

rm "$diskImage"
truncate -s 96M "$diskImage"
run_check mkfs.$fsType -q -b $blockSize -F -L $label "$diskImage"
run_check cptofs -p -t $fsType -i "$diskImage" "$root"/* /
check_root "$diskImage"
# onlyNixStore
run_check mkfs.$fsType -q -b $blockSize -F -L $label "$diskImage"
run_check cptofs -p -t $fsType -i "$diskImage" "$root"/nix/store/* /
run_check cpfromfs -i "$diskImage" /abc-hello/bin/hello hello
grep -qx program hello || die "not the file of the store"
# If the disk is too small, the script says so.
truncate -s 1M "$diskImage"
run_check mkfs.$fsType -q -F "$diskImage"
head -c 2M /dev/urandom >"$root/large"
run_mustfail 1 'No space left' cptofs -p -t $fsType -i "$diskImage" "$root"/* /
rm "$root/large"

# ---- make-ext4-fs.nix ----

img=$PWD/ext4.img
mkdir files build
cp -a root/etc files
mv root/nix/store/abc-hello .
storePaths=$PWD/abc-hello
truncate -s 32M "$img"
run_check mkfs.ext4 -q -L NIXOS_SD -U 44444444-4444-4444-8888-888888888888 "$img"
(
	cd build || exit 1
	echo registered >nix-path-registration
	run_check cptofs -t ext4 -i "$img" nix-path-registration /
	mkdir -p nix/store
	run_check cptofs -t ext4 -i "$img" nix /
	run_check cptofs -t ext4 -i "$img" $storePaths /nix/store/
	run_check cptofs -t ext4 -i "$img" ../files/* /
) || exit 1
run_check e2fsck -fn "$img" >&3
for f in /nix-path-registration=registered /etc/issue=text \
	/nix/store/abc-hello/bin/hello=program; do
	rm -f file
	run_check cpfromfs -i "$img" ${f%=*} file
	grep -qx "${f#*=}" file || die "not the file: ${f%=*}"
done
