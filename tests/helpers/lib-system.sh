# SPDX-License-Identifier: GPL-2.0-only
#
# lib-system.sh - functions for tests of whole systems; after lib.sh.

root_uuid=11111111-1111-1111-1111-111111111111

# make_root DIRECTORY TITLE - with what a root has; /etc/fstab is for the caller
make_root() {
	mkdir -p "$1"/{boot,efi,etc,home,mnt,srv,tmp,usr/lib,var}
	printf 'ID=test\nPRETTY_NAME="%s"\n' "$2" >"$1/usr/lib/os-release"
	ln -s ../usr/lib/os-release "$1/etc/os-release"
	echo "$2" >"$1/etc/motd"
}

# make_disk IMAGE SIZE - partitions as the lines for sfdisk on standard input say
make_disk() {
	rm -f "$1"
	truncate -s "$2" "$1"
	(echo 'label: gpt' && cat) >table
	run_check sfdisk -q "$1" <table
}

# put_partition DISK NUMBER IMAGE - the bytes of a file system
put_partition() {
	local start

	start=$(sfdisk -d "$1" |
		sed -n "s/^$1$2 : start= *\([0-9]*\),.*/\1/p")
	run_check dd if="$3" of="$1" bs=512 seek="$start" \
		conv=notrunc,sparse status=none
	rm "$3"
}
