#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# nbdkit.sh - images that are compressed, or on a web server, give the same files
# as the raw image; they are never written to, and nbdkit is confined.

. "$top_srcdir/tests/helpers/lib.sh"
need nbdkit mke2fs xz gzip zstd python3 timeout
fs2tar --version | grep -qF -e '+nbd' || skip "built without NBD"

web=
trap '[ -z "$web" ] || kill "$web"' EXIT

mkdir tree
seq 100000 >tree/numbers
head -c 1000000 /dev/urandom >tree/random
make_image ext4 image 32M -d tree
run_check fs2tar image want.tar

# gives IMAGE OPTION... - the files of the image
gives() {
	rm -f got.tar
	run_check timeout 100 fs2tar "$@" got.tar
	check_same want.tar got.tar "$*"
}

# Compressed.
mkdir temporary
export TMPDIR=$PWD/temporary
xz -k --block-size=4M image
gzip -k image
zstd -q image
for format in xz gz zst; do
	before=$(digest image.$format)
	gives --format=$format image.$format
	mkdir out
	run_check cpfromfs --format=$format -i image.$format /numbers out
	check_same tree/numbers out/numbers "$format: copied"
	rm -r out
	run_mustfail 1 "image.$format: cannot open for writing: a compressed image can only be read" \
		cptofs --format=$format -i image.$format tree/numbers /copy
	run_check cptofs --snapshot --format=$format -i image.$format \
		tree/numbers /copy
	[ "$(digest image.$format)" = "$before" ] || die "$format: changed"
	run_mustfail 1 "decompress it first, or say --format=$format" \
		fs2tar image.$format none.tar
done
[ -z "$(ls temporary)" ] || die "left: $(ls temporary)"
run_mustfail 1 'image: ' timeout 100 fs2tar --format=xz image none.tar
run_mustfail 1 'missing: cannot open: No such file' \
	fs2tar --format=xz missing none.tar
run_mustfail 1 'numbers: cannot decompress it: unsupported format' \
	fs2tar --format=zst tree/numbers none.tar
zstd -qc image | head -c 100000 >cut.zst
run_mustfail 1 'cut.zst: cannot decompress it: Read error (39) : premature end' \
	fs2tar --format=zst cut.zst none.tar
run_mustfail 1 'missing: cannot open: No such file' \
	fs2tar --format=zst missing none.tar
run_mustfail 1 'cannot write block : File too large' \
	sh -c 'ulimit -f 2000; exec lklfs ls --format=zst image.zst'
cp image.xz whole.xz
truncate -s -1000 image.xz
run_mustfail 1 'image.xz: ' timeout 100 fs2tar --format=xz image.xz none.tar
# A name that is no option of nbdkit's.
xz -kc --block-size=4M image >'cow-on-read=a b'
gives --format=xz 'cow-on-read=a b'

# On a web server.
nbdkit curl --dump-plugin >&3 2>&1 || skip_part "nbdkit has no curl plugin"
if nbdkit curl --dump-plugin >&3 2>&1; then
	"$top_srcdir/tests/helpers/web-server" port >ranges &
	web=$!
	wait_for 60 "the web server" test -s port
	url=http://127.0.0.1:$(cat port)
	gives "$url/image"
	grep -q '^range' ranges || die "it was read as a whole"
	run_mustfail 1 "$url/image: cannot open for writing: an image on a web server can only be read" \
		cptofs -i "$url/image" tree/numbers /copy
	run_check timeout 100 cptofs --snapshot -i "$url/image" \
		tree/numbers /copy
	lklfs cat -v "$url/image" /numbers >got 2>err || die "-v: $(cat err)"
	check_same tree/numbers got "a file from a web server"
	grep -q "^$url/image: fetched [0-9.]* [KM]iB of 32 MiB$" err ||
		die "-v: $(cat err)"
	# Compressed, and on a web server: only the blocks that are used are fetched.
	gives --format=xz "$url/whole.xz"
	run_mustfail 1 'compressed with zstd has to be a file: download it first' \
		fs2tar --format=zst "$url/image.zst" none.tar
	qemu-img convert -O qcow2 image image.qcow2 &&
		gives --format=qcow2 "$url/image.qcow2"
	# The server must not lead to files of this host.
	run_mustfail 1 "$url/redirect: " \
		timeout 100 fs2tar "$url/redirect" none.tar
	run_mustfail 1 "$url/missing: " timeout 100 fs2tar "$url/missing" none.tar
	[ -z "$(ls temporary)" ] || die "left: $(ls temporary)"
fi

# Without nbdkit.
mkdir bin
ln -s "$(command -v fs2tar)" bin/fs2tar
run_mustfail 1 'xz needs nbdkit, which is not installed' \
	env PATH="$PWD/bin" fs2tar --format=xz image.xz none.tar
run_mustfail 1 'an image on a web server needs nbdkit' \
	env PATH="$PWD/bin" fs2tar http://127.0.0.1:1/ none.tar
run_mustfail 1 'zst needs zstd, which is not installed' \
	env PATH="$PWD/bin" fs2tar --format=zst image.zst none.tar
# Without a part of nbdkit.
filters=$(nbdkit --dump-config | sed -n 's/^filterdir=//p')
if [ -d "$filters" ] && unshare -Urm true 2>/dev/null; then
	mkdir empty
	run_mustfail 1 "xz needs the filter 'xz' of nbdkit, which is not installed" \
		unshare -Urm sh -c "mount --bind empty '$filters' &&
			exec timeout 100 fs2tar --format=xz image.xz none.tar"
else
	skip_part "no user namespaces"
fi
[ ! -e none.tar ] || die "a failure left an archive"
