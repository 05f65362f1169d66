# SPDX-License-Identifier: GPL-2.0-only
#
# lib-run.sh - functions for tests of lklrun; scripts source it after lib.sh.

# make_system FOLDER - a tree with a static and a dynamic shell
make_system() {
	local tree=$1 file

	mkdir -p "$tree"/{bin,etc,proc,dev,tmp,root}
	cp "$(command -v busybox)" "$tree/bin/busybox"
	ldd "$tree/bin/busybox" >/dev/null 2>&1 &&
		skip "busybox is not static: busybox-static is needed"
	ln -s busybox "$tree/bin/sh"
	ln -s busybox "$tree/bin/cat"
	echo 'of the image' >"$tree/etc/motd"
	cp /bin/bash "$tree/bin/bash"
	for file in $(ldd /bin/bash | grep -oE '/[^ ]+'); do
		mkdir -p "$tree/$(dirname "$file")"
		cp -L "$file" "$tree/$file"
	done
}
