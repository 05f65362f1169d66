#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-confined.sh - mkfs and mksquashfs can write the image and nothing else, change
# no attributes, and have no network; one that is missing is named, with its package.
# What reads an archive is confined, too.

. "$top_srcdir/tests/helpers/lib.sh"
need mksquashfs mkfs.xfs

mkdir bin tree
echo text >tree/file

# replace PROGRAM - by one that attacks first
replace() {
	local real

	real=$(command -v "$1")
	cat >"bin/$1" <<-EOF
		#!/bin/bash
		fail() {
			echo "not confined: \$1"
			exit 9
		}
		echo x >"$PWD/written" && fail "new file"
		: >>"$PWD/tree/file" && fail "old file"
		rm "$PWD/tree/file" && fail "removed"
		(exec 3<>/dev/tcp/127.0.0.1/9) && fail "TCP"
		(exec 3<>/dev/udp/127.0.0.1/9) && fail "UDP"
		kill -0 $$ && fail "signal"
		chmod 700 "$PWD/tree/file" && fail "mode"
		chown $(id -u) "$PWD/tree/file" && fail "owner"
		touch -d @1 "$PWD/tree/file" && fail "times"
		prlimit --pid $$ --nofile && fail "limits"
		ipcmk -Q && fail "message queue"
		try() {
			python3 -c "import os, signal; \$2" <"$PWD/tree/file" &&
				fail "\$1"
		}
		try "mode of an open file" "os.fchmod(0, 0o700)"
		try "owner of an open file" "os.fchown(0, $(id -u), -1)"
		try "times of an open file" "os.utime(0, (1, 1))"
		try "attribute of an open file" "os.setxattr(0, 'user.x', b'x')"
		try "signal by a descriptor" \
			"signal.pidfd_send_signal(os.pidfd_open($$), 0)"
		exec "$real" "\$@"
	EOF
	chmod +x "bin/$1"
}

if tar2fs --version | grep -qF +seccomp &&
	tar2fs --version | grep -qF +landlock; then
	for program in mke2fs mksquashfs; do
		case $program in
		mke2fs) type=ext4 ;;
		mksquashfs) type=squashfs ;;
		esac
		replace $program
		run_check env PATH="$PWD/bin:$PATH" tar2fs tree image.$type
		[ ! -e written ] && [ "$(cat tree/file)" = text ] ||
			die "$program is not confined"
		# The script notices it if it is not.
		run_mustfail 1 'not confined: new file' \
			env PATH="$PWD/bin:$PATH" tar2fs --no-sandbox tree other.$type
		rm -f written
	done
	e2fsck -fn image.ext4 >&3 2>&1 || die "no sound image"
	fs2tar image.squashfs - | tar -t >list
	grep -qx ./file list || die "no sound squashfs"
	rm -f other.*

	has_confined() {
		local pid

		for pid in $(processes "$1"); do
			! is_confined "$pid" || return 0
		done
		return 1
	}
	head -c 3000000 /dev/urandom >tree/random
	tar -C tree -cf tree.tar .
	mkfifo pipe
	for type in ext4 squashfs; do
		tar2fs --type=$type - piped.img <pipe &
		pid=$!
		exec 4>pipe
		head -c 1000000 tree.tar >&4
		wait_for 20 "tar2fs to read" is_drained 4
		has_confined $pid || die "$type: what measures is not confined"
		tail -c +1000001 tree.tar >&4
		exec 4>&-
		wait $pid || die "tar2fs --type=$type"
	done
	# With a size, what fills an XFS prints the names.  At first, nobody reads all.
	seq -f 'tree/a-long-name-of-a-file-of-which-there-are-many-%.0f' 3000 | xargs touch
	tar2fs -v --type=xfs --size=300M tree piped.img >pipe &
	pid=$!
	exec 4<pipe
	head -c 100 <&4 >part
	[ -s part ] || die "no names"
	has_confined $pid || die "what fills the image is not confined"
	cat <&4 >rest
	exec 4<&-
	wait $pid || die "tar2fs -v"
	rm pipe tree/random tree/a-long*
else
	skip_part "built without the sandbox"
fi

# Its words are in the message.
printf '#!/bin/bash\necho begins\necho "mke2fs: no luck today" >&2\nexit 3\n' \
	>bin/mke2fs
run_mustfail 1 'mke2fs: no luck today' \
	env PATH="$PWD/bin:$PATH" tar2fs tree other.ext4
[ ! -e other.ext4 ] || die "an image is left"

# Without the directories of the administrator.
missing='mount -t tmpfs none /usr/sbin && { [ -L /sbin ] ||
	mount -t tmpfs none /sbin; } &&
	PATH=${PATH%%:*}:/usr/bin:/bin exec tar2fs --type=xfs tree other.xfs'
if unshare -rm true 2>&3 && [ ! -e /usr/local/sbin/mkfs.xfs ]; then
	run_mustfail 1 'the program mkfs.xfs is not installed (Debian package xfsprogs)' \
		unshare -rm bash -c "$missing"
fi

# Without a layer, neither mkfs nor the processes of a layout run, unless that is
# allowed.
without=$top_builddir/tests/helpers/images/host-without
if [ -z "$INSTRUMENT" ] && tar2fs --version | grep -q \
	'^sandbox on this host: .*landlock, seccomp'; then
	tar -C tree -cf tree.tar .
	run_mustfail 1 'mke2fs: sandbox: the host has no Landlock' \
		"$without" landlock tar2fs tree.tar other.ext4
	[ ! -e other.ext4 ] || die "an image is left"
	run_check "$without" landlock tar2fs --sandbox=best tree.tar best.ext4
	run_check e2fsck -fn best.ext4 >&3
	printf '[Partition]\nType=linux-generic\nSizeMinBytes=1M\n' >disk.conf
	if tar2fs --version | grep -qF +libfdisk; then
		run_mustfail 1 'no seccomp filters: say --sandbox=best' \
			"$without" seccomp tar2fs --layout=disk.conf disk.img
		[ ! -e disk.img ] || die "a disk is left"
		run_check "$without" seccomp tar2fs --sandbox=best \
			--layout=disk.conf disk.img
	fi
else
	skip_part "the sandbox lacks a layer already"
fi
