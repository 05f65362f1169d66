#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-hostile.sh - no path in an image or an archive leads out of the
# destination, or copies files of the host into the image.

. "$top_srcdir/tests/helpers/lib-cp.sh"
need python3

mkdir outside
echo secret >outside/secret
outside=$PWD/outside

# Links in the destination on the host.
mkdir tree tree/dir
echo new >tree/file
echo new >tree/dir/inner
make_image ext4 image 64M
run_check cptofs -i image tree/. /
mkdir out
ln -s "$outside/secret" out/file
ln -s "$outside" out/dir
run_mustfail 1 'cannot overwrite non-directory with directory' \
	cpfromfs -i image --exclude lost+found /. out
[ "$(cat outside/secret)" = secret ] || die "wrote through a link"
[ ! -e outside/inner ] || die "went through a link to a directory"
[ ! -L out/file ] || die "the link is still there"

# Links in an image, as destinations and as sources.
mkdir links
ln -s "$outside" links/abs
ln -s ../../../../../../../../../../../../"$outside" links/up
ln -s "$outside/secret" links/file
run_check cptofs -i image links /
run_mustfail 1 'No such file' cptofs -i image tree/file /links/abs/x
run_mustfail 1 'No such file' cptofs -i image tree/file /links/up/x
[ ! -e outside/x ] || die "an image's link leads to the host"
run_mustfail 1 'No such file' cpfromfs -i image -L /links/file out
run_mustfail 1 'No such file' cpfromfs -i image /links/abs/secret out
run_mustfail 1 'No such file' cpfromfs -i image /../../..$outside/secret out
[ ! -e out/secret ] || die "read a file of the host through the image"
# There, they do lead to what is in the image.
run_check cptofs -i image --mkdir tree/file "$outside/"
run_check cptofs -i image tree/file /links/abs/x
run_check cpfromfs -i image "$outside/x" out
check_same out/x tree/file "a link within the image"

# Archives.
python3 - <<'EOF'
import io, tarfile
def add(t, name, kind=tarfile.REGTYPE, link="", data=b"evil"):
    i = tarfile.TarInfo(name)
    i.type, i.linkname, i.mode = kind, link, 0o755
    i.size = len(data) if kind == tarfile.REGTYPE else 0
    t.addfile(i, io.BytesIO(data) if i.size else None)
with tarfile.open("hostile.tar", "w") as t:
    add(t, "../escape-1")
    add(t, "a/../../escape-2")
    add(t, "/absolute")
    add(t, "up", tarfile.SYMTYPE, "../../..")
    add(t, "up/through-link")
    add(t, "root", tarfile.SYMTYPE, "/")
    add(t, "root/through-root")
    add(t, "hard", tarfile.LNKTYPE, "../victim")
    add(t, "hard2", tarfile.LNKTYPE, "/victim")
    add(t, "hard3", tarfile.LNKTYPE, "root/victim")
    add(t, "self", tarfile.SYMTYPE, "self")
    add(t, "self/loop")
    add(t, "file/below-a-file/x")
    add(t, "good")
    add(t, "good/not-a-directory")
    add(t, "last")
EOF
make_image ext4 image 64M
echo victim >victim
run_check cptofs -i image victim /
run_mustfail 1 'leads out of the destination' cptofs -i image \
	--tar hostile.tar --mkdir /jail
for name in '../escape-1' 'a/../../escape-2' hard self/loop \
		good/not-a-directory; do
	grep -qF "cptofs: $name" stderr || grep -qF "/$name" stderr ||
		die "not told: $name"
done
run_check fs2tar -q image all.tar
names all.tar | grep -vE '^./(lost.found/|jail/.*|victim)?$' >escaped
[ ! -s escaped ] || die "escaped: $(cat escaped)"
for name in absolute through-link through-root good last; do
	names all.tar | grep -qx "./jail/$name" || die "$name is not there"
done
tar -xOf all.tar ./victim | cmp - victim >&3 || die "the victim changed"
check_clean ext4 image

# Archives that are damaged or cut off: what was whole is there.
tar -cf whole.tar tree links victim
for size in 100 1000 5000; do
	head -c $size whole.tar >cut.tar
	make_image ext4 image 64M
	run_mustfail 1 'cptofs:' cptofs -i image --tar cut.tar /
	check_clean ext4 image
done
run_mustfail 1 'cptofs:' cptofs -i image --tar /bin/sh /
check_clean ext4 image

# The image is no file to copy, nor to overwrite.
mkdir with
make_image ext4 with/image 64M
echo beside >with/beside
run_mustfail 1 'is the image itself' cptofs -i with/image with /
check_clean ext4 with/image
run_mustfail 1 'is the image itself' cpfromfs -i with/image /with/beside \
	with/image
check_clean ext4 with/image
