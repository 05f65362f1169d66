#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# limits.sh - a mount differs from the host's file system only as
# docs/lklfuse-limits.md says, and has the file system's own limits.
# timeout: 1200

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin
need python3

# The table: NAME<tab>RESULT
sed -n 's/^| `\([^`]*\)` | \([^|]*\) |.*/\1\t\2/p' \
	"$top_srcdir/docs/lklfuse-limits.md" >table
[ "$(wc -l <table)" -gt 10 ] || die "no table"
cat >check.py <<'END'
import sys

def results(path, separator):
    lines = open(path).read().splitlines()
    return dict(line.rsplit(separator, 1) for line in lines)

table = results("table", "\t")
host, mount = results("host.lines", ": "), results("mnt.lines", ": ")
bad = sorted(set(table) - set(mount))
for name in bad:
    print("in the page, but not tried:", name)
for name, got in mount.items():
    if got not in (table.get(name), host[name], "not tried"):
        bad.append(name)
        print(f"{name}: {got}; host: {host[name]}; page: {table.get(name)}")
sys.exit(bool(bad))
END
mkdir host && "$fuse/limits" host >host.lines || die "limits, on the host"
for type in ext4 xfs btrfs; do
	make_fuse_image $type image
	fuse_mount image mnt
	mkdir mnt/d
	"$fuse/limits" mnt/d >mnt.lines || die "limits: $(tail -n 1 mnt.lines)"
	python3 check.py >&3 || die "$type: not as the page says"
	fuse_unmount image mnt
	check_clean $type image
done

# The host's cache takes what a mapping writes; msync() says that it is lost.
cat >map.py <<'END'
import errno, mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
os.ftruncate(fd, 300 << 20)
m = mmap.mmap(fd, 300 << 20)
for i in range(0, 300 << 20, 4096):
    m[i] = 1
try:
    m.flush()
except OSError as e:
    print(errno.errorcode[e.errno])
END
for type in ext4 btrfs; do
	make_fuse_image $type image 120M
	fuse_mount image mnt
	echo kept >mnt/kept
	sync mnt/kept
	python3 map.py mnt/f >said
	[ "$(cat said)" = ENOSPC ] || die "$type: msync() says $(cat said)"
	rm mnt/f
	[ "$(cat mnt/kept)" = kept ] || die "$type: damaged"
	# An error that nobody has asked for may be left.
	sync -f mnt 2>/dev/null
	fuse_unmount image mnt
	check_clean $type image
done

# As many links as ext4 can count; names and paths as long as they may be.
make_fuse_image ext4 image
fuse_mount image mnt
python3 - mnt >&3 <<'END' || die "limits of ext4"
import errno, os, sys
os.chdir(sys.argv[1])
open("f", "w").close()
links = 1
try:
    while links < 70000:
        os.link("f", f"l{links}")
        links += 1
except OSError as e:
    assert e.errno == errno.EMLINK, e
assert links == 65000, links
assert os.stat("f").st_nlink == 65000
os.unlink("l1")
os.link("f", "l1")
os.mkdir("n" * 255)
try:
    os.mkdir("n" * 256)
    sys.exit(1)
except OSError as e:
    assert e.errno == errno.ENAMETOOLONG, e
for i in range(400):
    os.mkdir("deep")
    os.chdir("deep")
open("bottom", "w").close()
assert os.listdir(".") == ["bottom"]
END
fuse_unmount image mnt
check_clean ext4 image

# Reads from the host's cache do not change the time of access.
fuse_mount image mnt -o strictatime
mkdir mnt/d
echo data >mnt/d/f
touch -a -d @1000000000 mnt/d/f
fuse_unmount image mnt
fuse_mount image mnt -o strictatime
cat mnt/d/f >/dev/null
[ "$(stat -c %X mnt/d/f)" -gt 1000000000 ] || die "strictatime: not read"
touch -a -d @1000000000 mnt/d/f
cat mnt/d/f >/dev/null
echo "time of access after a read from the cache: $(stat -c %X mnt/d/f)" >&3
fuse_unmount image mnt

# Of root of the host, with tools.
if is_real_root; then
	make_fuse_image ext4 image
	fuse_mount image mnt
	if fsfreeze -f "$PWD/mnt" 2>said; then
		fsfreeze -u "$PWD/mnt"
	else
		grep -q 'not supported' said || die "fsfreeze: $(cat said)"
	fi
	dd if=/dev/zero of=mnt/swap bs=1M count=4 status=none
	chmod 600 mnt/swap
	mkswap mnt/swap >/dev/null || die "mkswap"
	if swapon mnt/swap 2>said; then
		swapoff mnt/swap
	else
		grep -q 'Invalid argument' said || die "swapon: $(cat said)"
	fi
	fuse_unmount image mnt
fi
