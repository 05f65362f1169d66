# SPDX-License-Identifier: GPL-2.0-only
#
# lib-lklrun.sh - functions for scripts that run programs on images; source it after
# lib.sh.

need lklrun
grep -q '^Seccomp:' /proc/self/status || skip "the host has no seccomp"

# make_root - ./root, a system whose programs are busybox
make_root() {
	local applet

	mkdir -p root/bin root/dev root/etc root/proc root/tmp
	cp -L "$(command -v busybox)" root/bin/busybox
	for applet in $(busybox --list); do
		[ "$applet" = busybox ] || ln -sf busybox root/bin/$applet
	done
}

# make_user_image IMAGE SIZE [OPTION]... - an ext4 whose root directory is the user's
make_user_image() {
	make_image ext4 "$1" "$2" -E "root_owner=$(id -u):$(id -g)" "${@:3}"
}

# check_tree IMAGE FOLDER - the same files with the same contents as in ./host
check_tree() {
	rm -rf found
	mkdir found
	run_check cpfromfs -i "$1" -p "$2/." found
	diff -r --no-dereference host found >&3 ||
		die "other files in $1 than on the host"
}
