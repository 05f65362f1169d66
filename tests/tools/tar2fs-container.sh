#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-container.sh - tar2fs makes an image of a container image: of all its
# layers, with whiteouts, from each form of OCI image layout and docker archive.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs python3 zstd tar
export SOURCE_DATE_EPOCH=1700000000
make=$top_srcdir/tests/helpers/images/make-container

# contents IMAGE - all members of an ext4 image, with attributes and data
contents() {
	run_check fs2tar --sort=name --exclude=lost+found "$1" contents.tar
	python3 - <<'END'
import hashlib, tarfile
for m in tarfile.open("contents.tar"):
    data = m.isreg() and hashlib.sha256(
        tarfile.open("contents.tar").extractfile(m.name).read()).hexdigest()
    print(m.name, m.type, oct(m.mode), m.uid, m.gid, m.mtime, m.size,
          m.linkname, m.devmajor, m.devminor, data,
          sorted((k, v) for k, v in m.pax_headers.items() if "xattr" in k))
END
}

# check INPUT [OPTION...] - becomes the image that was wanted
check() {
	local input=$1

	shift
	run_check tar2fs "$@" "$input" have.ext4
	contents have.ext4 >have
	cmp -s want have || {
		diff want have >&3
		die "$input: other contents"
	}
}

# check_stdin FILE [OPTION...] - likewise, from a pipe
check_stdin() {
	local file=$1

	shift
	cat "$file" | run_check tar2fs "$@" - have.ext4
	contents have.ext4 >have
	check_same want have "$file from a pipe"
}

# ---- Layers that do everything, and the result as one archive ----

secret=text-that-was-removed-by-a-later-layer
$make layer 1.tar 'd . 755' 'd etc 755' 'f etc/passwd root' "f etc/key $secret" \
	'd usr 755' 'd usr/lib 755' 's lib usr/lib' 'b usr/lib/big 3000000' \
	'd var 700' 'd var/cache 755' 'f var/cache/one 1' 'd var/cache/sub 755' \
	'f var/cache/sub/two 2' 'f was-file text' 'd was-dir 755' \
	'f was-dir/inside gone' 'f twice a' 'c null 1 3' 'x attr user.name value' \
	'd removed 755' 'd removed/deep 755' "f removed/deep/file $secret"
$make layer 2.tar 'd etc 750' 'f etc/.wh.key' 'f lib/new through-the-link' \
	'h usr/lib/linked usr/lib/big' 'd var/cache 711' \
	'f var/cache/three 3' 'f var/cache/.wh..wh..opq' 'f .wh.removed' \
	'f .wh.never-was' 'd was-file 755' 'f was-file/inside now' \
	'f was-dir now-a-file'
$make layer 3.tar 'f usr/lib/.wh.big' 'f twice b' 'h again twice' \
	'f .wh.attr' 'x attr user.name other' 'd removed 700'
$make layer want.tar 'd . 755' 'd etc 750' 'f etc/passwd root' 'd usr 755' \
	'd usr/lib 755' 's lib usr/lib' 'd var 700' 'd var/cache 711' \
	'f var/cache/three 3' 'd was-file 755' 'f was-file/inside now' \
	'f was-dir now-a-file' 'f again b' 'h twice again' 'c null 1 3' \
	'x attr user.name other' 'd removed 700' \
	'f usr/lib/new through-the-link'
# The same data under the name that is left.
python3 - <<'END'
import tarfile
big = tarfile.open("1.tar").getmember("usr/lib/big")
with tarfile.open("want.tar", "a") as want:
    data = tarfile.open("1.tar").extractfile("usr/lib/big")
    big.name = "usr/lib/linked"
    want.addfile(big, data)
END
run_check tar2fs want.tar want.ext4
contents want.ext4 >want
[ $(wc -l <want) -eq 19 ] || die "the wanted image has other members"
layers='1.tar 2.tar 3.tar'

# ---- OCI image layouts ----

for method in gzip zstd none; do
	$make image --compress=$method oci-$method $layers >/dev/null
	check oci-$method
done
$make image --docker-types docker-types $layers >/dev/null
check docker-types
$make image --algorithm=sha512 sha512 $layers >/dev/null
check sha512
$make image --nested=3 --platform=linux/arm64 nested $layers >/dev/null
check nested

(cd oci-gzip && tar -cf ../oci.tar *)
check oci.tar
tar -cf oci-dots.tar -C oci-zstd .
check oci-dots.tar
check_stdin oci.tar
check_stdin oci-dots.tar --size=20M
for program in gzip zstd xz; do
	$program -c oci.tar >oci.tar.x
	check oci.tar.x
done
check_stdin oci.tar.x

# ---- Archives of docker save and podman save ----

$make docker docker $layers
check docker
(cd docker && echo text >README && tar -cf ../late.tar README * && rm README)
run_check tar2fs late.tar late.ext4
[ "$(grep -c 'late.tar: looks like a container image, but its first member' \
	stderr)" -eq 1 ] || die "not told that the files are copied as they are"
run_check fs2tar late.ext4 late-files.tar
tar -tf late-files.tar >names
grep -qx ./manifest.json names ||
	die "the files are not copied as they are"
(cd docker && tar -cf ../docker.tar *)
check docker.tar
check_stdin docker.tar
gzip -c docker.tar >docker.tar.gz
check docker.tar.gz
check_stdin docker.tar.gz --size=20M
# A layer that occurs twice, as a link to another member.
$make docker --link linked 1.tar 1.tar 2.tar 3.tar
(cd linked && tar -cf ../linked.tar *)
check linked.tar
# manifest.json at the end, and names that begin with the algorithm.
(cd docker && tar -cf ../last.tar [0-9a-f]* manifest.json)
check_stdin last.tar
# Both lists in one archive.
$make docker-list oci-none
(cd oci-none && tar -cf ../both.tar *)
check both.tar
rm oci-none/oci-layout
check oci-none

# ---- Nothing is left of removed files, and the result is small ----

grep -qa "$secret" 1.tar || die "the layer does not have the text"
! grep -qa "$secret" have.ext4 || die "a removed file is in the image"
run_check tar2fs oci-gzip have.ext4
! grep -qa "$secret" have.ext4 || die "a removed file is in the image"
want_size=$(stat -c %s want.ext4)
have_size=$(stat -c %s have.ext4)
[ $have_size -le $((want_size + want_size / 20)) ] ||
	die "the image has $have_size bytes, without layers it has $want_size"
e2fsck -fn have.ext4 >&3 2>&1 || die "e2fsck finds errors"

# ---- Several images, and several platforms ----

$make layer a.tar 'f a one'
$make layer b.tar 'f b two'
$make image --tag=v1 tags a.tar >/dev/null
$make image --tag=v2 tags b.tar >/dev/null
only() {
	run_check fs2tar "$1" - | tar -t | grep -v -e '/$' >names
	check_text names "./$2"
}
run_check tar2fs --image-tag=v2 tags tag.ext4
only tag.ext4 b
run_mustfail 1 'tags: there are several images; --image-tag chooses one of v1, v2' \
	tar2fs tags tag.ext4
run_mustfail 1 'tags: no image has the tag "v3"; there are v1, v2' \
	tar2fs --image-tag=v3 tags tag.ext4
$make docker --tag=app:v1 docker-tags a.tar
$make docker --tag=host:5000/app:v2 docker-tags b.tar
for tag in v2 app:v2 host:5000/app:v2; do
	run_check tar2fs --image-tag=$tag docker-tags tag.ext4
	only tag.ext4 b
done
run_mustfail 1 'no image has the tag "5000/app"; there are app:v1, host:5000/app:v2' \
	tar2fs --image-tag=5000/app docker-tags tag.ext4

# Images without names have their ids.
for kind in image docker; do
	rm -rf nameless
	for layer in a.tar b.tar; do
		$make $kind nameless $layer >/dev/null
	done
	case $kind in
	image)
		id=$(python3 -c 'import json
print(json.load(open("nameless/index.json"))["manifests"][1]["digest"])')
		;;
	docker)
		id=$(python3 -c 'import json
print("sha256:" + json.load(open("nameless/manifest.json"))[1]["Config"][:64])')
		;;
	esac
	short=${id#*:}
	short=${short:0:12}
	run_mustfail 1 "there are several images; --image-tag chooses one of " \
		tar2fs nameless tag.ext4
	grep -q ", $short$" stderr || die "does not tell the id $short"
	for tag in $id ${id#*:} $short ${id%????}; do
		run_check tar2fs --image-tag=$tag nameless tag.ext4
		only tag.ext4 b
	done
	for tag in ${short%?} ${id}0 x/$short ${short}g; do
		run_mustfail 1 "no image has the tag \"$tag\"; there are" \
			tar2fs --image-tag=$tag nameless tag.ext4
	done
done

case $(uname -m) in
x86_64) host=amd64 ;;
aarch64) host=arm64 ;;
*) host=$(uname -m) ;;
esac
$make image --platform=linux/$host platforms a.tar >/dev/null
$make image --platform=linux/arm/v6 platforms b.tar >/dev/null
$make image --platform=linux/arm/v7 --platform-in-config platforms b.tar \
	>/dev/null
run_check tar2fs platforms tag.ext4
only tag.ext4 a
run_check tar2fs --platform=linux/arm/v7 platforms tag.ext4
only tag.ext4 b
run_mustfail 1 "no image for linux/s390x; --platform chooses one of linux/$host, linux/arm/v6, linux/arm/v7" \
	tar2fs --platform=linux/s390x platforms tag.ext4
$make image --platform=plan9/mips other-platform a.tar >/dev/null
run_check tar2fs other-platform tag.ext4
only tag.ext4 a
run_mustfail 1 'no image for linux/s390x' \
	tar2fs --platform=linux/s390x other-platform tag.ext4
run_mustfail 2 '"linux" is not a platform such as' \
	tar2fs --platform=linux platforms tag.ext4

# ---- What looks similar is no container image ----

mkdir -p plain/blobs
echo '{"name": "an application"}' >plain/manifest.json
run_check tar2fs plain plain.ext4
only plain.ext4 manifest.json
tar -cf plain.tar -C plain blobs manifest.json
run_check tar2fs plain.tar plain.ext4
only plain.ext4 manifest.json
# From a pipe it is read once, with all that is behind its start.
$make layer long.tar 'd blobs' 'b blobs/big 5000000' 'f manifest.json []'
for option in --size=20M --sort=none; do
	cat long.tar | run_check tar2fs $option - plain.ext4
	run_check fs2tar plain.ext4 - | tar -xO ./blobs/big >big
	tar -xOf long.tar blobs/big | cmp - big || die "another file"
	cat 1.tar | run_check tar2fs $option - plain.ext4
	run_check fs2tar plain.ext4 - | tar -xO ./usr/lib/big >big
	tar -xOf 1.tar usr/lib/big | cmp - big || die "another file"
done
# A whiteout is an ordinary name outside of layers.
$make layer whiteout.tar 'f .wh.x text'
run_check tar2fs whiteout.tar plain.ext4
only plain.ext4 .wh.x

# ---- Options that concern all inputs ----

run_check tar2fs --exclude=usr oci-gzip a.tar have.ext4
run_check fs2tar have.ext4 - | tar -t >names
! grep -q usr names || die "--exclude has no effect on container images"
grep -qx ./a names || die "the second input is missing"
# One of the names of a file is excluded.
run_check tar2fs --exclude=again oci-gzip have.ext4
run_check fs2tar have.ext4 - | tar -xO ./twice >twice
check_text twice b
run_check tar2fs --dry-run -v oci-gzip none.ext4 >list
grep -qx usr/lib/linked list || die "--dry-run lists other names"
! grep -q big list || die "--dry-run lists a removed file"
[ ! -e none.ext4 ] || die "--dry-run has made an image"
