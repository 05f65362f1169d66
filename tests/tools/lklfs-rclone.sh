#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lklfs-rclone.sh - rclone reads, writes, renames and removes files of an image that
# lklfs sftp serves on an SSH server.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-ssh.sh"
need rclone mke2fs e2fsck
[ "$(id -u)" != 0 ] || skip "sshd of root needs a folder of the host's"
trap 'kill $ssh_server 2>/dev/null' EXIT

mkdir -p tree/dir/sub
seq 100000 >tree/dir/numbers
head -c 5000000 /dev/urandom >tree/dir/sub/random
touch 'tree/dir/a name with spaces' tree/dir/empty
make_image ext4 image 64M
lklfs=$(command -v lklfs)
ssh_server_start server || skip "sshd is not installed"

# remote NAME OPTION... - a section of the configuration
remote() {
	cat <<-END
		[$1]
		type = sftp
		host = 127.0.0.1
		port = $ssh_port
		user = $(id -un)
		key_file = $HOME/.ssh/id_ed25519
		known_hosts_file = $HOME/.ssh/known_hosts
		shell_type = none
		server_command = env LD_LIBRARY_PATH=$LD_LIBRARY_PATH $lklfs sftp ${*:2} $PWD/image
	END
}
export RCLONE_CONFIG=$PWD/rclone.conf
{ remote image && remote view --read-only; } >rclone.conf
# Each connection is a process, and only one can write.
one="--transfers=1 --checkers=1"

run_check timeout 60 rclone $one copy tree image:/copied
wait_for 20 "the server" lklfs ls image
# Any number of processes can read.
run_check timeout 60 rclone check --download tree view:/copied
(cd tree && find . -mindepth 1 -printf '%P%y\n' | sed 's/d$/\//; s/f$//') | sort >want
rclone lsf -R view:/copied | sort | diff want - >&3 || die "other names"
# "moveto" to another directory makes two connections; this makes one.
run_check timeout 60 rclone $one rc --loopback operations/movefile srcFs=image: \
	srcRemote=/copied/dir/numbers dstFs=image: dstRemote=/moved
wait_for 20 "the server" lklfs ls image
run_check timeout 60 rclone copyto view:/moved got
check_same tree/dir/numbers got "after a rename"
run_check timeout 60 rclone $one rcat image:/piped <tree/dir/sub/random
run_check timeout 60 rclone $one deletefile image:/copied/dir/empty
run_check timeout 60 rclone $one purge image:/copied/dir/sub
# The server ends a moment after its client.
wait_for 20 "the server" lklfs ls image
run_check timeout 60 rclone about view:/
run_check lklfs find image /copied /moved /piped >got
check_text got "$(printf '%s\n' /copied /copied/dir '/copied/dir/a name with spaces' /moved /piped)"
run_check lklfs cat image /piped >got
check_same tree/dir/sub/random got "from a pipe"
run_check e2fsck -fn image >&3
