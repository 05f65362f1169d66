#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lklfs-trees.sh - lklfs find, tree, du, df, stat, hash and mtree say the same of
# an image as find, du, stat, sha256sum and bsdtar say of the files on the host.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs python3 sha256sum

umask 022
mkdir -p tree/a/b/c tree/empty tree/logs
seq 30000 >tree/a/numbers
head -c 5000 /dev/zero >tree/a/b/zeroes
echo one >tree/logs/one.log
echo two >tree/logs/Two.LOG
: >tree/a/b/c/nothing
ln tree/a/numbers tree/logs/again
ln -s ../a tree/logs/link
mkfifo tree/fifo
chmod 4755 tree/logs/one.log
chmod 600 tree/logs/Two.LOG
touch -d '-10 days' tree/logs/one.log
touch -d '+10 days' tree/fifo
touch "tree/$(printf 'odd\351name\nsecond #line')"
make_image ext4 image 64M -d tree
debugfs -w -R 'rmdir lost+found' image >&3 2>&1

# same_find CONDITION... - both find the same files
same_find() {
	run_check lklfs find image / "$@" -print0 | sort -z >got
	(cd tree && find . "$@" -printf '/%P\0') | sort -z | cmp - got >&3 ||
		die "find $*: $(tr '\0' ' ' <got)"
}
same_find
same_find -name '*.log'
same_find -iname '*.log' -type f
same_find ! -type d -size +2k
same_find -size -5001c -not -empty
same_find -empty
same_find -perm 600
same_find -perm -4000
same_find -perm /u=s,g=s
same_find -mtime +9
same_find -mtime -1 -type f
same_find -mtime 0
same_find -mtime -1
same_find -mmin -100 -type d
same_find -links +1 -type f
same_find -type f,l
same_find -maxdepth 1
same_find -mindepth 2 -maxdepth 2
# Combined.  ! binds most, -o least; what is not needed is not looked at.
same_find '(' -name '*.log' -o -type d ')'
same_find '(' -type d -o -name '*.log' -size +2k ')'
same_find '(' '(' -type d -o -name '*.log' ')' -mtime -1 ')'
same_find ! '(' -type d -o -empty ')'
same_find ! ! -type d
same_find '(' -type d -a ! -empty -or -type f -and -not -size +1k ')'
same_find ! '(' ! -type d ! '(' -empty -o -perm 600 ')' ')'
for words in '!' '-type d -o' '-type d !' '(' '( )' '( -type d' '-type d -a -o -empty' \
	'-type d ( -o )'; do
	run_mustfail 2 'find: ' lklfs find image $words
done
run_mustfail 2 'find: no condition before --or' lklfs find image -o -type d
run_mustfail 2 'find: ) without (' lklfs find image -type d ')'
run_mustfail 2 'find starts no programs and deletes nothing' \
	lklfs find image -name x -exec rm '{}' ';'
run_mustfail 2 'find starts no programs and deletes nothing' \
	lklfs find image -delete
run_check lklfs find image logs -path 'logs/o*' >got
check_text got logs/one.log
run_check lklfs find image -inum 2 >got
check_text got /
run_mustfail 1 'has no user nobody-here' lklfs find image -user nobody-here
run_mustfail 2 'not a number: x' lklfs find image -size x
run_mustfail 2 'no condition after' lklfs find image !
run_mustfail 1 'none: cannot stat' lklfs find image none logs >got
grep -q one.log got || die "stops at the first error"
lklfs find image / 2>stderr | head -n 1 >got
[ ! -s stderr ] || die "complains of a reader that has seen enough"

# tree
run_check lklfs tree image a >got
check_text got "a
├── b
│   ├── c
│   │   └── nothing
│   └── zeroes
└── numbers

2 directories, 3 files"
run_check lklfs tree -L 1 image a >got
check_text got "a
├── b
└── numbers

1 directory, 1 file"

# du: what the host says of lengths; space is the image's own business.
run_check lklfs du -b -a image a logs >got
python3 - <<'END' || die "du -b: $(cat got)"
import os
got = dict(reversed(l.rstrip("\n").split("\t")) for l in open("got"))
assert int(got["a/numbers"]) == os.stat("tree/a/numbers").st_size
assert int(got["a/b/zeroes"]) == 5000
assert "logs/again" not in got	# the same file as a/numbers
block = int(got["a/b/c"])
assert block in (1024, 4096)
assert int(got["a/b"]) == 5000 + 2 * block
assert int(got["a"]) == int(got["a/numbers"]) + 5000 + 3 * block
assert int(got["logs"]) == 4 + 4 + 4 + block
END
run_check lklfs du -s -h image a >got
grep -qE '^[0-9.]+K	a$' got || die "du -sh: $(cat got)"
run_check lklfs du -c -d 0 image a/b logs >got
[ "$(tail -n 1 got | cut -f 2)" = total ] || die "du -c: $(cat got)"
[ "$(wc -l <got)" -eq 3 ] || die "du -d 0: $(cat got)"

# df: what mke2fs made.
run_check lklfs df --json image >got
dumpe2fs -h image 2>/dev/null >super
python3 - <<'END' || die "df: $(cat got)"
import json, re
o = json.load(open("got"))
super = dict(re.findall(r"^([^:]+):\s+(\d+)$", open("super").read(), re.M))
assert o["type"] == "ext4" and o["image"] == "image"
assert o["inodes"]["total"] == int(super["Inode count"])
assert o["inodes"]["used"] == int(super["Inode count"]) - int(super["Free inodes"])
size = int(super["Block count"]) * int(super["Block size"])
assert size * 0.8 < o["bytes"]["total"] <= size
assert o["bytes"]["used"] + o["bytes"]["available"] <= o["bytes"]["total"]
END
run_check lklfs df -h image | grep -q '^ext4 .*% image$' || die "df -h"
run_check lklfs df -i image | grep -q 'Inodes' || die "df -i"

# stat
for file in a/numbers logs/one.log logs/link a fifo; do
	run_check lklfs stat -c '%n %N %a %A %F %h %f' image $file >>got.stat
	(cd tree && stat -c '%n %N %a %A %F %h %f' $file | tr -d "'") >>want.stat
done
check_same got.stat want.stat "stat -c"
for file in a/numbers logs/one.log fifo; do
	run_check lklfs stat -c '%s %Y' image $file
	stat -c '%s %Y' tree/$file >&3
done >got
for file in a/numbers logs/one.log fifo; do
	stat -c '%s %Y' tree/$file
done | diff got - >&3 || die "stat: sizes and times"
run_check lklfs stat -L -c %F image logs/link >got
check_text got directory
run_check lklfs stat image logs/one.log >got
grep -q 'Access: (4755/-rwsr-xr-x)' got || die "stat: $(cat got)"
run_mustfail 2 '-c: unknown directive %k' lklfs stat -c %k image a

# hash: sha256sum reads the lines, odd names too.
run_check lklfs hash -r image >got
[ "$(wc -l <got)" -eq "$(find tree -type f -printf '\n' | wc -l)" ] || die "hash -r: $(cat got)"
(cd tree && sha256sum --strict -c ../got) >&3 || die "hash"
! grep -q '  /' got || die "hash -r prints names of the host"
run_check lklfs hash -r image logs/link >got
[ "$(wc -l <got)" -eq 3 ] || die "hash -r of a link: $(cat got)"
(cd tree && sha256sum --strict -c ../got) >&3 || die "hash -r of a link"
run_check lklfs hash -a sha512 image a/numbers logs/link/numbers >got
(cd tree && sha512sum a/numbers logs/link/numbers) | diff got - >&3 || die "sha512"
run_mustfail 1 'is a directory' lklfs hash image a

# mtree: libarchive reads it.
run_check lklfs mtree image >got.mtree
if command -v bsdtar >/dev/null; then
	bsdtar -tf got.mtree | sort >got
	(cd tree && find . -print0) | sort -z | sed -z 's/\n/\\n/; s/\xe9/\\351/' |
		tr '\0' '\n' | sort | diff got - >&3 || die "mtree: names"
else
	skip_part "bsdtar is not installed"
fi
grep -q "^./a/numbers .* size=$(stat -c %s tree/a/numbers) sha256digest=$(sha256sum <tree/a/numbers | cut -d' ' -f1)\$" got.mtree ||
	die "mtree: $(cat got.mtree)"
grep -q '^./logs/link type=link .* link=\.\./a$' got.mtree || die "mtree: link"
run_check lklfs mtree --no-digest image logs >got
grep -q '^./one.log type=file mode=4755' got || die "mtree of a part: $(cat got)"
! grep -q digest got || die "mtree --no-digest"

# JSON of all of them.
for command in 'find / -type f' 'tree' 'du -a' 'stat a logs/link' 'hash -r' 'mtree'; do
	set -- $command
	run_check lklfs $1 --json image "${@:2}"
done >got
python3 - <<'END' || die "JSON"
import json
objects = [json.loads(l) for l in open("got")]
assert len(objects) > 50
assert all("path" in o for o in objects)
assert any(o.get("target") == "../a" for o in objects)
assert any("path_base64" in o for o in objects)
assert any("depth" in o for o in objects) and any("sha256" in o for o in objects)
END
