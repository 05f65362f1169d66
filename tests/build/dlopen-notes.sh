#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Notes in the library and in the tools name the libraries that they load by
# themselves, so that packagers can depend on them.

set -eu

# sonames FILE - the libraries of its notes
sonames() {
	rm -f note
	objcopy --dump-section .note.dlopen=note "$1" /dev/null 2>/dev/null || return 0
	python3 - <<'END'
import json, struct
data = open("note", "rb").read()
while data:
    owner_size, size, kind = struct.unpack_from("<III", data)
    assert data[12:16] == b"FDO\0" and owner_size == 4 and kind == 0x407c0c0a
    text = data[16:16 + size]
    assert text.endswith(b"\0")
    for entry in json.loads(text[:-1]):
        assert entry["feature"] and entry["description"] and entry["priority"]
        print(*entry["soname"], sep="\n")
    data = data[16 + (size + 3) // 4 * 4:]
END
}

checked=0
for file in "$top_builddir"/lkl/.libs/liblkl.so "$top_builddir"/bin/.libs/*; do
	[ -f "$file" ] || continue
	# The names that it gives to dlopen().
	sed -n 's/^#define [A-Z]*_SONAME "\(.*\)"$/\1/p' "$top_builddir/config.h" |
		while read -r soname; do
			LC_ALL=C grep -aqP "\Q$soname\E\x00" "$file" &&
				echo "$soname" || :
		done | sort >wanted
	sonames "$file" | sort >found
	diff -u wanted found || { echo "notes of $file"; exit 1; }
	checked=$((checked + $(wc -l <found)))
done
[ "$checked" -gt 0 ] || { echo 'skip: built without shared libraries'; exit 77; }
echo "$checked notes"
