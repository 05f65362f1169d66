#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# remote-images.sh - images on an SSH server are read and written; images in S3 are
# read.  Only what is used is fetched.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-ssh.sh"
need nbdkit mke2fs e2fsck python3 timeout
lklfs --version | grep -qF -e '+nbd' || skip "built without NBD"

web=
trap 'kill $web $ssh_server 2>/dev/null' EXIT

mkdir tree temporary bucket
export TMPDIR=$PWD/temporary
seq 100000 >tree/numbers
head -c 3000000 /dev/urandom >tree/random
make_image ext4 image 256M -d tree

# is_fetched_partly FILE IMAGE - FILE has the message of -v: less than 32 of 256 MiB
is_fetched_partly() {
	local amount

	amount=$(sed -n "s|^$2: fetched \\([0-9]*\\).* MiB of 256 MiB\$|\\1|p" "$1")
	[ -n "$amount" ] && [ "$amount" -lt 32 ] || die "fetched: $(cat "$1")"
}

# ---- SSH ----

test_ssh() {
	local url digest_before

	url=ssh://$(id -un)@127.0.0.1:$ssh_port$PWD
	timeout 100 lklfs cat -v "$url/image" /numbers >got 2>err ||
		die "cat: $(cat err)"
	check_same tree/numbers got "read"
	is_fetched_partly err "$url/image"
	digest_before=$(digest image)
	run_check timeout 100 cptofs --snapshot -i "$url/image" tree/numbers /copy
	[ "$(digest image)" = "$digest_before" ] || die "--snapshot changed it"
	run_check timeout 100 cptofs -i "$url/image" tree/random /copy
	run_check lklfs write "$url/image" /written <tree/numbers
	e2fsck -fn image >&3 2>&1 || die "e2fsck"
	run_check lklfs cat image /copy >got
	check_same tree/random got "written by cptofs"
	run_check lklfs cat image /written >got
	check_same tree/numbers got "written by lklfs"

	# A connection that is lost is made again for reading, but what it had taken
	# to write may be lost: so writing fails, and what was synced is there.
	cat >lost.py <<-END
		import lkl, os, signal, subprocess, sys

		fs = lkl.Image("$url/image")
		with fs.open_raw("/synced", "wb") as file:
		    file.write(b"x" * 1000000)
		    file.fsync()
		for process in subprocess.check_output(
		        ["pgrep", "-P", "$ssh_server"], text=True).split():
		    os.kill(int(process), signal.SIGTERM)
		if len(fs.open("/random", "rb").read()) != 3000000:
		    sys.exit("cannot read")
		try:
		    with fs.open_raw("/lost", "wb") as file:
		        file.write(b"y" * 1000000)
		        file.fsync()
		    sys.exit("written")
		except OSError as error:
		    print(error)
		try:
		    fs.close()
		    sys.exit("closed without an error")
		except lkl.ImageError as error:
		    print(error)
	END
	LKLFS=$(command -v lklfs) PYTHONPATH=$top_srcdir/python \
		PYTHONDONTWRITEBYTECODE=1 run_check timeout 200 python3 lost.py
	e2fsck -fy image >&3 2>&1
	e2fsck -fn image >&3 2>&1 || die "e2fsck after a lost connection"
	run_check lklfs cat image /synced >got
	[ "$(tr -d x <got | wc -c)" = 0 ] && [ "$(stat -c %s got)" = 1000000 ] ||
		die "synced data are lost"
	run_check lklfs rm image /synced
	run_check lklfs rm -f image /lost

	# "%41" is "A", and "/~/" the home directory there.
	cp image 'A b%'
	run_check lklfs ls "$url/%41%20b%25" >got
	check_text got "$(printf '%s\n' copy lost+found numbers random written)"
	run_mustfail 1 'cannot open file for reading: SFTP server: No such file' \
		timeout 100 lklfs ls "$url/missing"
	run_mustfail 1 '/~/missing: cannot open as an image on an SSH server' \
		timeout 100 lklfs ls "ssh://127.0.0.1:$ssh_port/~/missing"
	mv "$HOME/.ssh/id_ed25519" key
	run_mustfail 1 'authentication methods failed' \
		timeout 100 lklfs ls "$url/image"
	mv key "$HOME/.ssh/id_ed25519"
	: >"$HOME/.ssh/known_hosts"
	run_mustfail 1 'the host key is unknown' timeout 100 lklfs ls "$url/image"
}

for name in ssh:// ssh://host ssh://host/ ssh:///path ssh://host:1 \
	ssh://host/%4 ssh://host/%00 'ssh://[::1/x'; do
	run_mustfail 1 "$name: not of the form ssh://USER@HOST:PORT/PATH" \
		lklfs ls "$name"
done
run_mustfail 1 'a password in the name of an image is not supported' \
	lklfs ls ssh://user:secret@host/image
run_mustfail 1 'Connection refused' \
	timeout 100 lklfs ls ssh://127.0.0.1:1/image
if ! nbdkit ssh --dump-plugin >&3 2>&1; then
	skip_part "nbdkit has no ssh plugin"
elif [ "$(id -u)" = 0 ]; then
	skip_part "sshd of root needs a folder of the host's"
elif ssh_server_start server; then
	test_ssh
else
	skip_part "sshd is not installed"
fi

# ---- S3 ----

for name in s3:// s3://bucket s3://bucket/ s3:///key; do
	run_mustfail 1 "$name: not of the form s3://BUCKET/KEY" lklfs ls "$name"
done
if nbdkit S3 --dump-plugin >&3 2>&1; then
	"$top_srcdir/tests/helpers/web-server" port >ranges &
	web=$!
	wait_for 60 "the web server" test -s port
	cp --sparse=always image bucket/disk
	AWS_ENDPOINT_URL=http://127.0.0.1:$(cat port)
	export AWS_ENDPOINT_URL AWS_DEFAULT_REGION=us-east-1
	run_mustfail 1 'NoCredentialsError: Unable to locate credentials' \
		env AWS_EC2_METADATA_DISABLED=true \
		timeout 100 lklfs ls s3://bucket/disk
	export AWS_ACCESS_KEY_ID=name AWS_SECRET_ACCESS_KEY=secret
	timeout 100 lklfs cat -v s3://bucket/disk /numbers >got 2>err ||
		die "cat: $(cat err)"
	check_same tree/numbers got "from S3"
	is_fetched_partly err s3://bucket/disk
	run_mustfail 1 'An error occurred (404)' \
		timeout 100 lklfs ls s3://bucket/missing
	run_mustfail 1 'cannot open for writing: an image in S3 can only be read' \
		lklfs mkdir s3://bucket/disk /new
else
	skip_part "nbdkit has no S3 plugin"
	run_mustfail 1 "an image in S3 needs the plugin 'S3' of nbdkit" \
		lklfs ls s3://bucket/disk
fi
[ -z "$(ls temporary)" ] || die "left: $(ls temporary)"
