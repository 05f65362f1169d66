#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# volumes-list.sh - lklfs list shows volumes and arrays, what they lie on, and why
# one cannot be used; it changes no disk.

. "$top_srcdir/tests/helpers/lib.sh"
. "$helpers/lib-volumes.sh"
need python3

unpack_disks md
unpack_disks lvm
sha256sum md? lvm? >before
run_check lklfs list -b $(disk_options md[0-3]) md0 >got
grep -qE '^ +/dev/md/raid6 +array +[0-9]+ +ext4 +raid6 ' got ||
	die "list: $(cat got)"
run_check lklfs list --json $(disk_options md[0-3]) md0 >got
python3 - <<'END' || die "list --json: $(cat got)"
import json
all = {v["volume"]: v for v in map(json.loads, open("got"))}
inner = all["nested/inner"]
assert inner["kind"] == "volume" and inner["content"] == "ext4", inner
assert inner["size"] == 1 << 20 and inner["label"] == "inner", inner
assert inner["parents"] == ["/dev/md/pv"], inner
assert all["/dev/md/pv"]["parents"] == ["9", "2:9"], all["/dev/md/pv"]
assert all["3:4"]["start"] > 0 and all["3:4"]["partition"] == 4
assert not any(v["degraded"] or "problem" in v for v in all.values())
END
# A part of the disks, without any option.
run_check lklfs list --json lvm1 >got
python3 - <<'END' || die "list --json: $(cat got)"
import json
all = {v["volume"]: v for v in map(json.loads, open("got"))}
assert "missing" in all["vg/striped"]["problem"]
assert all["vg/raid1"]["degraded"] and "problem" not in all["vg/raid1"]
assert all["vg/raid1"]["content"] == "ext4"
assert "problem" in all["vg/raid6"]
END
sha256sum --check --quiet before || die "a disk has changed"
