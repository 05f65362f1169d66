#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# encryption.sh - encrypted directories (fscrypt): policies and keys pass to the
# file system, and without the key there are neither names nor data.

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin
need python3

# without_key DIR - what can be seen and done without the key
without_key() {
	[ "$(find "$1" -mindepth 1 | wc -l)" = 3 ] ||
		die "$type: other files: $(ls -lR "$1")"
	[ -z "$(find "$1" -name 'sub' -o -name 'secret*')" ] ||
		die "$type: names without the key: $(ls -lR "$1")"
	[ ! -e "$1/secret" ] || die "$type: a name without the key"
	for file in $(find "$1" -type f); do
		cat "$file" >/dev/null 2>stderr && die "$type: data without the key"
		grep -q 'Required key not available' stderr ||
			die "$type: $(cat stderr)"
	done
	(: >"$1/new") 2>/dev/null && die "$type: a new file without the key"
}

with_key() {
	[ "$(cat "$1/secret")" = 'plain text' ] && [ "$(cat "$1/sub/secret2")" = \
		'more' ] || die "$type: $(ls -lR "$1")"
}

for type in ext4 f2fs; do
	case $type in
	ext4) make_image ext4 image 64M -O encrypt \
		-E "root_owner=$(id -u):$(id -g)" ;;
	f2fs) make_image f2fs image 64M -O encrypt -R "$(id -u):$(id -g)" ;;
	esac
	fuse_mount image mnt
	mkdir mnt/d mnt/plain
	[ "$("$fuse/encryption" sizes mnt)" = 'EINVAL EINVAL EINVAL' ] ||
		die "$type: $("$fuse/encryption" sizes mnt)"
	run_mustfail 1 'No data' "$fuse/encryption" policy mnt/d
	[ ! -e mnt/d/secret ] || die "a file in an empty directory"
	id=$("$fuse/encryption" add-key mnt 'a password') || die "$type: add-key"
	[ "$("$fuse/encryption" key-status mnt "$id")" = present ] ||
		die "$type: the key is not there"
	run_check "$fuse/encryption" set-policy mnt/d "$id"
	[ "$("$fuse/encryption" policy mnt/d)" = "2 $id" ] ||
		die "$type: policy $("$fuse/encryption" policy mnt/d)"
	touch mnt/plain/f
	run_mustfail 1 'not empty' "$fuse/encryption" set-policy mnt/plain "$id"
	echo 'plain text' >mnt/d/secret
	mkdir mnt/d/sub
	echo more >mnt/d/sub/secret2
	with_key mnt/d
	nonce=$("$fuse/encryption" nonce mnt/d/secret) || die "$type: nonce"
	[ "$nonce" != "$("$fuse/encryption" nonce mnt/d)" ] ||
		die "$type: two files with one nonce"
	# The host may not have told of the last close yet.
	is_removed() {
		"$fuse/encryption" remove-key mnt "$id" >flags 2>&3 &&
			[ "$(cat flags)" = 0 ] ||
			[ "$("$fuse/encryption" key-status mnt "$id")" = absent ]
	}

	# While the mount stands.
	wait_for 100 "$type: the key to be removed" is_removed
	[ "$("$fuse/encryption" key-status mnt "$id")" = absent ] ||
		die "$type: the key is there"
	without_key mnt/d
	[ "$id" = "$("$fuse/encryption" add-key mnt 'a password')" ] ||
		die "$type: another key for the same password"
	with_key mnt/d

	# In another mount.
	fuse_unmount image mnt
	[ $type != ext4 ] || check_clean ext4 image
	grep -qaF 'plain text' image && die "$type: data in plain text"
	fuse_mount image mnt
	without_key mnt/d
	"$fuse/encryption" add-key mnt 'another' >/dev/null || die "$type: add-key"
	without_key mnt/d
	"$fuse/encryption" add-key mnt 'a password' >/dev/null ||
		die "$type: add-key"
	with_key mnt/d
	# The example of the page has the same key.
	printf 'a password%.0s' {1..7} | head -c 64 >key
	sed -n '/^    import fcntl/,/^    print/s/^    //p' \
		"$top_srcdir/docs/lklfuse-limits.md" >example.py
	[ "$(python3 example.py)" = "$id" ] ||
		die "$type: not the key of the example"
	exec 5>>mnt/d/secret
	[ "$("$fuse/encryption" remove-key mnt "$id")" = 1 ] ||
		die "$type: a key that is in use"
	exec 5>&-
	fuse_unmount image mnt
done

# Elsewhere it is refused, as on a disk.
type=ext4
make_fuse_image ext4 image 64M
fuse_mount image mnt
run_mustfail 1 'not supported' "$fuse/encryption" policy mnt
run_mustfail 1 'not supported' "$fuse/encryption" add-key mnt password
fuse_unmount image mnt
make_fuse_image xfs image
fuse_mount image mnt
run_mustfail 1 'Inappropriate ioctl' "$fuse/encryption" policy mnt
fuse_unmount image mnt
