#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-btrfs.sh - tar2fs makes a btrfs with subvolumes and compressed files
# that btrfs check finds sound and that holds the inputs.

. "$top_srcdir/tests/helpers/lib-cp.sh"
need getfattr getfacl btrfs

make_plain tree
mkdir -p tree/var/log
for input in tree tree.tar; do
	tar -C tree -c --xattrs --acls --sparse -f tree.tar . || die tar
	run_check tar2fs $input image.btrfs
	[ ! -s stderr ] || die "is not silent"
	check_clean btrfs image.btrfs
	run_check fs2tar image.btrfs archive.tar
	check_plain archive.tar tree
	rm -rf out
	run_check cpfromfs -i image.btrfs / -T out
	check_tree tree out
done

run_check tar2fs --subvolume=/var --subvolume=var/log --subvolume=srv/new \
	tree image.btrfs
check_clean btrfs image.btrfs
btrfs inspect-internal dump-tree -t root image.btrfs >roots || die dump-tree
for name in var log new; do
	grep -q "root ref key .* name $name\$" roots || die "no subvolume $name"
done
run_check fs2tar --exclude ./srv image.btrfs archive.tar
check_plain archive.tar tree

# What an input has instead of a subvolume is an error, not silence.
mkdir -p other/usr/log
ln -s usr other/var
echo text >other/file
for name in var var/log file file/sub; do
	run_mustfail 1 "cannot make subvolume $name: an input has a link or another file on its path" \
		tar2fs --subvolume=$name other other.btrfs
	[ ! -e other.btrfs ] || die "made an image"
done
rm -r other

# Snapshots hold what the inputs have made, and nobody can change them.
run_check tar2fs --subvolume=var --snapshot=var:snapshots/var-1 \
	--snapshot=/:snapshots/root tree image.btrfs
check_clean btrfs image.btrfs
btrfs inspect-internal dump-tree -t root image.btrfs >roots || die dump-tree
[ "$(grep -c 'flags 0x1(RDONLY)' roots)" -eq 2 ] || die "not two read-only ones"
run_check fs2tar image.btrfs archive.tar
mkdir all && tar -C all -xf archive.tar || die tar
diff -r all/var all/snapshots/var-1 >&3 || die "the snapshot has other files"
rm -r all/var all/snapshots/root/var
diff -r --no-dereference -x snapshots -x fifo all all/snapshots/root >&3 ||
	die "the snapshot of the root has other files"
rm -r all
run_mustfail 1 'cannot make a snapshot of dir: it is no subvolume' \
	tar2fs --snapshot=dir:s tree dir.btrfs
for snapshot in var : a:/ a:.. ../a:b; do
	run_mustfail 2 "not SOURCE:NAME" \
		tar2fs --snapshot=$snapshot tree image.btrfs
done

# mkfs.btrfs itself refuses any file while there is a mount behind which it may not
# look, as at an image in a folder of another user.
mkdir hidden mnt few
echo text >few/file
cat >beside-mount <<'END'
#!/bin/bash
mount -t tmpfs "$PWD/hidden/image" mnt && chmod 0 hidden || exit 125
exec unshare --user --map-user=1234 "$@"
END
chmod +x beside-mount
if unshare -rm ./beside-mount true 2>&3; then
	chmod 700 hidden
	truncate -s 200M plain.image
	# The host's, behind the wrapper in PATH.
	program=$(type -ap mkfs.btrfs | tail -n 1)
	unshare -rm ./beside-mount "$program" -q plain.image >mkfs.log 2>&1 &&
		die "mkfs.btrfs does not look at mounts any more"
	grep -q 'cannot check mount status' mkfs.log || die "$(cat mkfs.log)"
	for epoch in '' 1500000000; do
		chmod 700 hidden
		run_check env ${epoch:+SOURCE_DATE_EPOCH=$epoch} \
			unshare -rm ./beside-mount tar2fs few beside.btrfs
		check_clean btrfs beside.btrfs
	done
	rm plain.image beside.btrfs
else
	skip_part "no user namespaces for a mount"
fi
chmod 700 hidden

# Text becomes smaller, and so does the image.
for n in 1 2 3 4; do
	seq $((n * 1000000)) $((n * 1000000 + 4000000)) >tree/seq-$n
done
run_check tar2fs tree plain.btrfs
run_check tar2fs --compress=zstd tree image.btrfs
check_clean btrfs image.btrfs
btrfs inspect-internal dump-tree -t 5 image.btrfs |
	grep -q 'extent compression 3' || die "nothing is compressed"
[ "$(stat -c %s image.btrfs)" -lt $(($(stat -c %s plain.btrfs) * 8 / 10)) ] ||
	die "not smaller: $(stat -c %s image.btrfs plain.btrfs)"
run_check fs2tar image.btrfs archive.tar
check_plain archive.tar tree

run_mustfail 2 'only for btrfs, not for ext4' tar2fs --compress=zstd tree i.ext4
run_mustfail 2 'not a path below the root: ../x' \
	tar2fs --subvolume=../x tree image.btrfs
