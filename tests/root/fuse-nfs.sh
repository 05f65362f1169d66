#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# fuse-nfs.sh - an NFS server exports a mount, and its clients' file handles lead
# to the same files when the mount and the server have been started again.
# needs: root

. "$top_srcdir/tests/helpers/lib-fuse.sh"
is_real_root || skip "needs root"
need python3 unshare ganesha.nfsd nfs-ls nfs-cat nfs-cp
getent services sunrpc >/dev/null || skip "/etc/services is missing"
# Ports, and /run for rpcbind, of its own.
if [ -z "${NFS_TEST_NAMESPACE:-}" ]; then
	unshare -nm true 2>/dev/null || skip "no namespaces for root"
	NFS_TEST_NAMESPACE=1 exec unshare -nm --propagation private "$0"
fi
fuse_begin

nfs=$top_srcdir/tests/helpers/nfs-handle
run_check "$nfs" up
mount -t tmpfs none /run && mkdir /run/rpcbind || die "no /run of our own"
rpcbind -f -w 2>&3 &
processes=($!)
end() {
	local status=$?

	kill "${processes[@]}" 2>/dev/null
	wait
	(exit $status)
	fuse_end
}
trap end EXIT

mkdir recovery
cat >ganesha.conf <<-END
	NFS_CORE_PARAM {
		Protocols = 3, 4;
		MNT_Port = 20048;
		Enable_NLM = false;
		Enable_RQUOTA = false;
	}
	NFSv4 {
		Graceless = true;
		RecoveryBackend = fs;
		RecoveryRoot = $PWD/recovery;
	}
	EXPORT {
		Export_Id = 1;
		Path = $PWD/mnt;
		Pseudo = /mnt;
		Access_Type = RW;
		Squash = No_Root_Squash;
		SecType = sys;
		Protocols = 3, 4;
		Transports = TCP;
		FSAL { Name = VFS; }
	}
END

is_served() {
	"$nfs" find "$PWD/mnt" d >/dev/null 2>&3
}

start_server() {
	ganesha.nfsd -F -f "$PWD/ganesha.conf" -L "$PWD/ganesha.log" \
		-p "$PWD/ganesha.pid" -N EVENT 2>&3 &
	processes[1]=$!
	wait_for 300 "$type: the NFS server to begin" is_served
}

stop_server() {
	kill "${processes[1]}"
	wait "${processes[1]}"
}

# check_file HANDLE CONTENT
check_file() {
	local got

	got=$("$nfs" read "$1" 2>&3)
	[ "$got" = "$2" ] || die "$type: $got, not $2"
}

for type in ext4 xfs btrfs; do
	make_fuse_image $type image
	fuse_mount image mnt -o allow_other
	mkdir mnt/d
	echo data >mnt/d/f
	start_server
	for url in "$PWD/mnt/d" "/mnt/d?version=4"; do
		nfs-ls "nfs://127.0.0.1$url" >list 2>&3 ||
			die "$type: nfs-ls $url"
		grep -q ' 5 f$' list || die "$type: $url: $(cat list)"
	done
	[ "$(nfs-cat "nfs://127.0.0.1$PWD/mnt/d/f")" = data ] ||
		die "$type: nfs-cat"
	head -c 3000000 /dev/urandom >random
	run_check nfs-cp random "nfs://127.0.0.1$PWD/mnt/d/copy"
	run_check cmp random mnt/d/copy
	f=$("$nfs" find "$PWD/mnt" d/f) || die "$type: no handle: $f"
	copy=$("$nfs" find "$PWD/mnt" d/copy) || die "$type: no handle: $copy"
	check_file "$f" data

	stop_server
	fuse_unmount image mnt
	check_clean $type image
	fuse_mount image mnt -o allow_other
	start_server
	check_file "$f" data
	mv mnt/d/f mnt/g
	rm mnt/d/copy
	stop_server
	fuse_unmount image mnt
	fuse_mount image mnt -o allow_other
	start_server
	check_file "$f" data
	check_file "$copy" NFS3ERR_STALE
	stop_server
	fuse_unmount image mnt
	check_clean $type image
done
