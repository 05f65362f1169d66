#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-container-hostile.sh - a damaged or hostile container image ends in an
# error that names the blob or the member, and leaves no image behind.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs python3 tar
make=$top_srcdir/tests/helpers/images/make-container

# refuse TEXT INPUT [OPTION...]
refuse() {
	local text=$1 input=$2

	shift 2
	run_mustfail 1 "$text" tar2fs "$@" "$input" out.ext4
	[ ! -e out.ext4 ] || die "$input: left an image"
	[ -z "$(ls -A | grep '^\.')" ] || die "$input: left a temporary file"
}

# blob FOLDER DIGEST - its path
blob() {
	echo "$1/blobs/${2/:/\/}"
}

# fresh - a new layout "o" of one layer; $manifest and $layer are blobs of it
fresh() {
	rm -rf o o.tar
	manifest=$(blob o $($make image "$@" o layer.tar))
	layer=$(blob o $(python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["layers"][-1]["digest"])' $manifest))
	config=$(blob o $(python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["config"]["digest"])' $manifest))
}

# edit FILE STATEMENT - change "d", the JSON document
edit() {
	python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
exec(sys.argv[2])
json.dump(d, open(sys.argv[1], "w"))' "$1" "$2"
}

$make layer layer.tar 'd etc' 'f etc/a one' 'b data 100000'

# ---- Damage ----

fresh
printf XXXX | dd of=$layer bs=1 seek=9000 conv=notrunc status=none
refuse "${layer#o/}: damaged: its digest is sha256:" o
fresh --compress=none
printf XXXX | dd of=$layer bs=1 seek=9000 conv=notrunc status=none
refuse "${layer#o/}: damaged: its digest is sha256:" o
tar -cf o.tar -C o .
refuse "o.tar: ${layer#o/}: damaged: its digest is sha256:" o.tar
fresh
truncate -s 50000 $layer
refuse "${layer#o/}: has 50000 bytes, but its descriptor says" o
fresh
echo >>$layer
refuse "${layer#o/}: has " o
fresh --wrong-diff-id
refuse "${layer#o/}: its content has the digest sha256:" o
fresh
sed -i 's/linux/Linux/' $config
refuse "${config#o/}: damaged: its digest is" o
fresh
echo >>$manifest
refuse "${manifest#o/}: has " o
fresh
rm $layer
refuse "${layer#o/}: is missing" o
fresh
rm $config
refuse "${config#o/}: is missing" o
fresh --compress=none
head -c 100 /dev/urandom >layer.garbage
rm -rf o
$make image o layer.garbage >/dev/null
refuse "not a tar archive" o
# An archive that is cut off.
fresh
tar -cf whole.tar -C o .
head -c 50000 whole.tar >o.tar
refuse "o.tar: " o.tar
# A docker archive has no digests of files, but those of the contents.
rm -rf d
$make docker d layer.tar
printf XXXX | dd of=d/$(printf %064x 1)/layer.tar bs=1 seek=9000 conv=notrunc \
	status=none
refuse "layer.tar: its content has the digest sha256:" d
rm d/*/layer.tar
refuse "layer.tar: is missing" d

# ---- Files that are none of the image ----

fresh
mv $layer elsewhere
ln -s $PWD/elsewhere $layer
refuse "${layer#o/}: is a symbolic link" o
fresh
rm $layer
mkfifo $layer
refuse "${layer#o/}: is not a regular file" o
# From an archive, no link leads out, either.
rm -rf d
$make docker d layer.tar
name=$(printf %064x 1)/layer.tar
mv d/$name elsewhere
for target in $PWD/elsewhere ../../elsewhere; do
	ln -sf $target d/$name
	(cd d && tar -cf ../d.tar *)
	refuse "layer.tar: is not a regular file" d.tar
done
ln -sf layer.tar d/$name
(cd d && tar -cf ../d.tar *)
refuse "layer.tar: is not a regular file" d.tar
edit d/manifest.json 'd[0]["Layers"] = ["../elsewhere"]'
refuse '../elsewhere: leads out of the archive by ".."' d
edit d/manifest.json 'd[0]["Layers"] = ["/etc/passwd"]'
refuse 'etc/passwd: is missing' d

# ---- Documents ----

fresh
echo '{' >o/index.json
refuse "index.json: not valid JSON: line" o
echo '{"manifests": [], "manifests": []}' >o/index.json
refuse "index.json: not valid JSON: line" o
python3 -c 'print("[" * 100000)' >o/index.json
refuse "index.json: not valid JSON: line" o
python3 -c 'print("[" + "[]," * 1300000 + "[]]")' >o/index.json
refuse "index.json: this JSON needs more than 48 MiB of memory" o
truncate -s 5M o/index.json
refuse "index.json: larger than 4 MiB, which is the limit" o
echo '{}' >o/index.json
refuse "the index lists no image" o
fresh --nested=9
refuse "indexes are nested more than 8 deep" o
fresh
for text in sha256:xyz sha256: md5:00 ../../../../etc/passwd \
	sha256:../../../../etc/passwd; do
	edit o/index.json "d['manifests'][0]['digest'] = '$text'"
	refuse "$text\"" o
done
edit o/index.json "d['manifests'][0]['size'] = -1"
refuse "a descriptor lacks its mediaType, digest or size" o
edit o/index.json "d['manifests'][0]['mediaType'] = 'text/plain'"
refuse "a descriptor lacks" o
fresh
edit o/index.json "d['manifests'][0]['mediaType'] = 'text/plain'"
refuse "no image, but something of the type text/plain" o
vnd=application/vnd.oci.image.layer
fresh --layer-type=$vnd.nondistributable.v1.tar+gzip
refuse "${layer#o/}: not distributable ($vnd.nondistributable.v1.tar+gzip)" o
fresh --layer-type=$vnd.v1.tar+gzip+encrypted
refuse "layers of the type $vnd.v1.tar+gzip+encrypted are not supported" o

# ---- Members ----

# member TEXT MEMBER... - a layer above the first one
member() {
	local text=$1

	shift
	$make layer member.tar "$@"
	rm -rf o
	$make image o layer.tar member.tar >/dev/null
	refuse "$text" o
}

member '../x: leads out of the image by ".."' 'f ../x y'
member 'etc/../../x: leads out of the image' 'f etc/../../x y'
member 'x: a hard link that leads out of the image' 'h x ../../etc/passwd'
member 'x: a hard link to a file that does not exist' 'h x etc/passwd'
member 'x: a hard link to a directory' 'h x etc'
member 'd: a hard link that replaces a directory of its own target' \
	'd d' 'd d/e' 'f d/e/f text' 'h d d/e/f'
member '.wh...: a whiteout of ".." is not possible' 'f .wh... x'
member 'etc/.wh..: a whiteout of "." is not possible' 'f etc/.wh.. x'
member '.wh.: a whiteout of "" is not possible' 'f .wh. x'
member '.wh.d/: a directory'"'"'s name must not begin with' 'd .wh.d'
member '.wh.d/x: is in a directory whose name begins with' 'f .wh.d/x y'
member 'data/x: a directory in its path is a file' 'f data/x y'
member 'a/x: too many symbolic links' 's a b' 's b a' 'f a/x y'
member "$(printf 'd/%.0s' {1..50})" \
	"f $(printf 'd/%.0s' {1..1500})x y"
# These stay inside of the image.
$make layer member.tar 'f /absolute x' 's out /' 'f out/through x' \
	's up ../../..' 'f up/over x' 'c data 1 3'
rm -rf o
$make image o layer.tar member.tar >/dev/null
run_check tar2fs o out.ext4
run_check fs2tar out.ext4 - | tar -tv >names
for name in absolute through over; do
	grep -q " \./$name$" names || die "$name is not in the image"
done
grep -q '^c.* \./data$' names || die "a device cannot replace a file"
rm out.ext4

# ---- Bombs ----

truncate -s 100M zeroes
tar -cf bomb.tar zeroes
rm -rf o
$make image o bomb.tar >/dev/null
refuse "decompresses to more than the limit" o --max-unpacked=50M
run_check tar2fs o out.ext4 --max-unpacked=200M
rm out.ext4
run_mustfail 2 "no size" tar2fs --max-unpacked=0 o out.ext4

# A few bytes of an archive could stand for a blob of any size.
rm -rf o
manifest=$(blob o $($make image --compress=none o bomb.tar))
layer=$(find o/blobs -size +50M)
fallocate --dig-holes $layer
tar -C o -Scf o.tar .
refuse "${layer#o/}: is a sparse member" o.tar
tar -C o -cf o.tar .
run_check tar2fs o.tar out.ext4
rm out.ext4

# Likewise if the header has a size, but no map of the holes.  The zeroes behind
# compressed data would be read for years.
rm -rf o
$make docker o layer.tar >/dev/null
file=$(cd o && find . -name layer.tar)
gzip -c layer.tar >"o/$file"
python3 - o o.tar "${file#./}" <<-'EOF'
	import os, sys, tarfile
	folder, archive, sparse = sys.argv[1:]
	with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as tar:
	    for root, _, names in os.walk(folder):
	        for name in names:
	            path = os.path.relpath(os.path.join(root, name), folder)
	            member = tar.gettarinfo(os.path.join(root, name), path)
	            if path == sparse:
	                member.pax_headers = {"GNU.sparse.realsize": str(2 ** 60)}
	            with open(os.path.join(root, name), "rb") as data:
	                tar.addfile(member, data)
EOF
run_mustfail 1 "${file#./}: is a sparse member" timeout 60 \
	tar2fs --max-unpacked=50M o.tar out.ext4

# Bytes behind the compressed data of a layer count, too.
gzip -c layer.tar >"o/$file"
run_check tar2fs o out.ext4 --max-unpacked=50M
rm out.ext4
truncate -s +100M "o/$file"
refuse "decompresses to more than the limit" o --max-unpacked=50M
