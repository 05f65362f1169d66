#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# volumes-guestfish.sh - what the tools write into volumes of LVM, arrays of md and
# LUKS is what Debian's kernel, LVM, mdadm and cryptsetup read in the virtual machine
# of guestfish, and mirrors and parity are right.

. "$top_srcdir/tests/helpers/lib.sh"
. "$helpers/lib-volumes.sh"
need guestfish cryptsetup python3
ls /boot/vmlinuz-* >&3 2>&1 || skip "guestfish has no kernel to start"
need_luks_key

unpack_disks lvm
unpack_disks md
mkdir tree
make_image ext4 plain 12M -b 4096 -d tree
printf 'a secret' >key
"$images/luks-encrypt" key plain luks --type luks2 --pbkdf pbkdf2 \
	--sector-size 4096 || die "cannot encrypt"

# ---- Write ----

logical="linear striped mirror raid1 raid0 raid4 raid5 raid6 raid10"
arrays="raid0 raid1-10 raid4 raid5 raid6 raid10 linear"
for name in $logical; do
	seq -f "new $name %g" 9000 >written
	run_check cptofs -i lvm0 $(disk_options lvm[0-5]) --volume="vg/$name" \
		written /
	echo "vg-$name $(sha256sum <written)"
done >wanted
for name in $arrays; do
	seq -f "new array $name %g" 9000 >written
	run_check cptofs -i md0 $(disk_options md[0-3]) \
		--volume="/dev/md/$name" written /
	echo "md-$name $(sha256sum <written)"
done >>wanted
seq -f "new encrypted %g" 100000 >written
run_check cptofs -i luks --key-file=key written /
echo "luks $(sha256sum <written)" >>wanted

# ---- Read in the virtual machine ----

cat >script <<END
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL=C
mkdir -p /tmp/m
modprobe dm-raid; modprobe dm-mirror; modprobe raid456; modprobe dm-crypt
# look DEVICE NAME - the digest of the file, if the file system is sound
look() {
	e2fsck -fn "\$1" >/tmp/fsck 2>&1 || { echo "\$2 damaged"; return; }
	mount -o ro "\$1" /tmp/m && echo "\$2 \$(sha256sum </tmp/m/written)"
	umount /tmp/m
}
vgchange -q -ay vg >/dev/null 2>&1
for name in $logical; do
	look /dev/vg/\$name vg-\$name
	case \$name in raid[1456]*)
		lvchange --syncaction check vg/\$name
		sleep 2
		echo "mismatches of vg-\$name:\$(lvs --noheadings -o raid_mismatch_count vg/\$name)"
	esac
done
mdadm --assemble --scan >/dev/null 2>&1
for name in $arrays; do
	node=\$(readlink -f /dev/md/\$name || readlink -f /dev/md/any:\$name)
	look \$node md-\$name
	sync=/sys/block/\${node##*/}/md
	[ -e \$sync/sync_action ] || continue
	echo check >\$sync/sync_action
	while [ "\$(cat \$sync/sync_action)" != idle ]; do sleep 0.2; done
	echo "mismatches of md-\$name: \$(cat \$sync/mismatch_cnt)"
done
printf 'a secret' | cryptsetup open --key-file=- /dev/disk/guestfs/luks opened
look /dev/mapper/opened luks
exit 0
END
truncate -s 64K script
{
	for disk in lvm[0-5] md[0-3]; do
		echo "add-drive $PWD/$disk format:raw readonly:true"
	done
	# Their names by number depend on the order in which the machine finds them.
	for disk in luks script; do
		echo "add-drive $PWD/$disk format:raw readonly:true label:$disk"
	done
	echo run
	echo 'debug sh "bash /dev/disk/guestfs/script 2>&1"'
} >commands
export LIBGUESTFS_BACKEND=direct LIBGUESTFS_BACKEND_SETTINGS=force_tcg
guestfish <commands >shown 2>guestfish.err ||
	die "guestfish fails: $(cat guestfish.err)"
cat shown >&3
grep -E '^(vg-|md-|luks)' shown >got
diff wanted got >&3 || die "others read something else: $(diff wanted got)"
grep -q '^mismatches of vg-raid5: *0$' shown || die "the parity was not checked"
grep -q '^mismatches of md-raid6: *0$' shown || die "the parity was not checked"
! grep '^mismatches' shown | grep -v ': *0$' >wrong ||
	die "mirrors or parity are wrong: $(cat wrong)"
