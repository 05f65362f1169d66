#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
#
# python.sh - the Python package does with files of an image what Python does with
# those of the host, and the examples of its documentation work.

. "$top_srcdir/tests/helpers/lib.sh"
need python3 mke2fs e2fsck sfdisk

package=$top_srcdir/python
tests=$top_srcdir/tests/python
export PYTHONPATH=$package:$tests PYTHONDONTWRITEBYTECODE=1
python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' ||
	skip "Python is older than 3.9"

for name in files names; do
	run_check python3 -W error -m unittest "test_$name" >&3
done
if python3 -c 'import fsspec' 2>/dev/null; then
	run_check python3 -m unittest test_fsspec >&3
else
	skip_part "fsspec is not installed"
fi

# The examples of the documentation, as one program.
mkdir -p tree/etc/apt docs
echo guest >tree/etc/hostname
echo deb >tree/etc/apt/sources.list
echo root:x:0:0::/: >tree/etc/passwd
head -c 100000 /dev/zero >tree/large.log
make_image ext4 docs/disk.img 64M -d tree
cp docs/disk.img docs/other.img
for page in "$top_srcdir/README.md" "$package/README.md" \
	"$top_srcdir/docs/python.md"; do
	cp docs/other.img docs/disk.img
	cp docs/other.img docs/image.ext4
	sed -n '/^```python$/,/^```$/p' "$page" | sed 's/^```.*//' >example.py
	[ "$(grep -c . example.py)" -ge 4 ] || die "no examples in $page"
	grep -q fsspec example.py && ! python3 -c 'import fsspec' 2>/dev/null &&
		continue
	(cd docs && run_check python3 ../example.py >&3)
done
