#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# readme-tar2fs.sh - the examples of tar2fs in README.md work, and so do the commands
# of the recording at its beginning.  tools/readme.sh runs the other examples.

. "$top_srcdir/tests/helpers/lib-cp.sh"
need mke2fs mkfs.xfs mkfs.btrfs zstd e2fsck
readme=$top_srcdir/README.md

# ---- What the examples start from ----

mkdir -p tree/etc overlay/etc site bin mnt
echo text >tree/etc/passwd
echo other >overlay/etc/passwd
echo '<h1>hello</h1>' >site/index.html
echo new >motd
tar -C tree -cf base.tar .
cp base.tar rootfs.tar
cp base.tar rootfs.tar
zstd -q base.tar -o rootfs.tar.zst
"$images/make-container" layer layer.tar 'd etc' 'f etc/passwd text' ||
	die "cannot make a layer"
"$images/make-container" image --tag=v2 --platform=linux/arm64 oci-layout \
	layer.tar >&3 || die "cannot make a container image"
"$images/make-container" docker --tag=app:latest saved layer.tar >&3 ||
	die "cannot make a container image"
tar -C saved -cf saved.tar .
# Where Docker is not, its output is.
cat >bin/docker <<'END'
#!/bin/sh
case $1 in
save) exec cat saved.tar ;;
export) exec cat base.tar ;;
*) exit 1 ;;
esac
END
# The archives that these write are made by packages/mmdebstrap.sh, with a network.
cat >bin/mmdebstrap <<'END'
#!/bin/sh
[ "$*" = 'stable -' ] && exec cat base.tar
END
cat >bin/mkosi <<'END'
#!/bin/sh
[ "$*" = '--format=tar --output=image.tar' ] && exec cp base.tar image.tar
END
chmod +x bin/*
PATH=$PWD/bin:$PATH

# ---- The section of tar2fs ----

# tools/tar2fs-layout*.sh make disks by a description.
sed -n '/^## tar2fs$/,/^Recipes:$/s/^    //p' "$readme" |
	grep -E 'tar2fs .*(ext4|xfs|btrfs|img)\b' | grep -v -e --layout >commands
sed -n '/^Recipes:$/,/^and a stage/s/^    \([dm][a-z]* .*tar2fs [^#]*\).*/\1/p' "$readme" \
	>>commands
for program in docker mmdebstrap mkosi; do
	grep -q "^$program .*tar2fs" commands || die "no example of $program"
done
[ "$(grep -c tar2fs commands)" -ge 10 ] || die "few examples of tar2fs"
while read -r command; do
	command=$(echo "$command" | sed "s/  *#.*//; s/ *$//")
	made=$(echo "$command" | grep -oE '[a-z]+\.(ext4|xfs|btrfs|img)$') ||
		die "not an example: $command"
	rm -f "$made"
	# Some take more room than the disk of a test should give.
	command=$(echo "$command" | sed 's/--size=[24]G/--size=300M/')
	run_check bash -c "set -o pipefail; $command"
	case $command in
	*--dry-run*) [ ! -e "$made" ] || die "--dry-run makes $made" ;;
	*)
		run_check fs2tar "$made" made.tar
		tar -xOf made.tar ./etc/passwd >passwd || die "no file: $command"
		grep -qx "$(case $command in *overlay*) echo other ;; *) echo text ;; esac)" \
			passwd || die "another file: $command"
		;;
	esac
done <commands

# ---- The recording ----

sed -n '/^```console$/,/^```$/s/^\$ //p' "$readme" | sed 's/  *#.*//' >commands
[ "$(wc -l <commands)" -ge 6 ] || die "few commands in the recording"
if [ ! -w /dev/fuse ] || ! command -v lklfuse >/dev/null ||
	! command -v fusermount3 >/dev/null
then
	skip_part "no FUSE for the recording"
	sed -i '/lklfuse/d; /mnt/d' commands
fi
while read -r command; do
	run_check bash -c "set -o pipefail; $command" >out
	case $command in
	*tar\ -tvf*) grep -q '0/0 .* ./index.html$' out || die "another archive" ;;
	*mnt/motd) grep -qx new out || die "another file" ;;
	esac
done <commands
run_check e2fsck -fn root.ext4 >&3
