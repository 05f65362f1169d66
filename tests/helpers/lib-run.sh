# SPDX-License-Identifier: GPL-2.0-only
#
# lib-run.sh - functions for tests of lklrun; scripts source it after lib.sh.

[ -z "${INSTRUMENT:-}" ] || skip "$INSTRUMENT does not know what lklrun asks of the host"

# Scripts that say "again: LKLRUN_TESTS_CATCH=ptrace" run with both ways to catch calls:
# each lklrun that they start gets --catch.
if [ -n "${LKLRUN_TESTS_CATCH:-}" ]; then
	mkdir "$TEST_DIR/.catch"
	printf '#!/bin/sh\nexec "%s" --catch=%s "$@"\n' "$(command -v lklrun)" \
		"$LKLRUN_TESTS_CATCH" >"$TEST_DIR/.catch/lklrun"
	chmod +x "$TEST_DIR/.catch/lklrun"
	PATH=$TEST_DIR/.catch:$PATH
fi

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

# make_applets - ./root, a system whose programs are busybox
make_applets() {
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
