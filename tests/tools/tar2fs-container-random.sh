#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-container-random.sh - tar2fs applies random layers, with whiteouts and
# opaque directories, as umoci does.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs python3 umoci tar

cat >layers.py <<'END'
"""Usage: layers.py SEED - print the members of one layer, one on each line"""
import random
import sys

rng = random.Random(sys.argv[1])
here = {}


def add(path, kind, text):
    here[path] = kind
    print(text)


def make_parents(path):
    """False if one of them is no directory in this layer."""
    parts = path.split("/")[:-1]
    for i in range(len(parts)):
        parent = "/".join(parts[:i + 1])
        if here.get(parent, "d") != "d":
            return False
        if parent not in here:
            add(parent, "d", "d %s %s" % (parent,
                                          rng.choice(["755", "700", "711"])))
    return True


for _ in range(rng.randrange(1, 12)):
    path = "/".join(rng.choice("abc") for _ in range(rng.randrange(1, 4)))
    if any(p == path or p.startswith(path + "/") for p in here) or \
            not make_parents(path):
        continue
    kind = rng.choice("ffddshwwo")
    parent, _, name = path.rpartition("/")
    files = [p for p in here if here[p] == "f"]
    if kind == "w":
        add(path, "w", "f %s.wh.%s" % (parent + "/" if parent else "", name))
    elif kind == "o":
        add(path, "d", "d %s 755" % path)
        print("f %s/.wh..wh..opq" % path)
    elif kind == "d":
        add(path, "d", "d %s 750" % path)
    elif kind == "s":
        add(path, "s", "s %s nowhere-%d" % (path, rng.randrange(9)))
    elif kind == "h" and files:
        add(path, "h", "h %s %s" % (path, rng.choice(files)))
    else:
        add(path, "f", "f %s text-%d" % (path, rng.randrange(1000)))
END

cat >list.py <<'END'
"""Usage: list.py DIRECTORY - print what is in it"""
import os
import stat
import sys

for place, directories, files in os.walk(sys.argv[1]):
    directories.sort()
    for name in sorted(directories + files):
        path = os.path.join(place, name)
        st = os.lstat(path)
        text = ""
        if stat.S_ISREG(st.st_mode):
            text = "%d %d %s" % (st.st_nlink, st.st_mtime, open(path).read())
        elif stat.S_ISLNK(st.st_mode):
            text = os.readlink(path)
        print(os.path.relpath(path, sys.argv[1]), oct(st.st_mode),
              text.strip())
END

for ((i = 0; i < ${CONTAINER_IMAGES:-12}; i++)); do
	chmod -R u+rwx oci bundle out 2>&3
	rm -rf oci bundle out
	for layer in 1 2 3; do
		python3 layers.py $TEST_SEED-$i-$layer >members
		mapfile -t members <members
		"$top_srcdir/tests/helpers/images/make-container" layer \
			$layer.tar "${members[@]}"
		cat members >&3
		echo "-- end of layer $layer" >&3
	done
	"$top_srcdir/tests/helpers/images/make-container" image --tag=t oci \
		1.tar 2.tar 3.tar >/dev/null
	umoci unpack --rootless --image oci:t bundle >&3 2>&1 ||
		die "umoci cannot unpack image $TEST_SEED-$i"
	run_check tar2fs oci image.ext4
	mkdir out
	run_check fs2tar --exclude=lost+found image.ext4 - |
		tar -xpf - --no-same-owner -C out
	python3 list.py bundle/rootfs >want
	python3 list.py out >have
	check_same want have "image $TEST_SEED-$i: another tree"
	total=$((${total:-0} + $(wc -l <want)))
done
[ $total -gt 20 ] || die "the images hold almost nothing"
