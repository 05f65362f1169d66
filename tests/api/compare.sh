#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# "make api-report" writes what the headers say, and lkl/api/compare puts each
# difference between two such reports into the right class.

set -eu
obj=${KERNEL_DIR:-$top_builddir/kernel}/obj
generated=$obj/arch/lkl/include/generated
api=$top_srcdir/lkl/api
export PYTHONDONTWRITEBYTECODE=1

die() {
	echo "$*"
	exit 1
}

python3 "$api/report.py" --object "$obj/vmlinux.o" \
	--numbers "$generated/uapi/asm/unistd_64.h" \
	--entries "$generated/asm/syscall_table_64.h" \
	--headers "$top_builddir/include/lkl" \
	--names "$top_builddir/include/layout-names" \
	--layout "$top_builddir/include/layout-host.o" \
	--cc "${CC:-gcc}" --work work --release "$LINUX_RELEASE" \
	--architecture "$(uname -m)" --output report.json

# The report beside the values that a compiled program prints.
cat >program.c <<'EOF'
#include <stdio.h>
#include <lkl.h>
#include <lkl/linux/btrfs.h>

#define CONSTANT(name)	printf("constant %s %lld\n", #name, (long long)(name))
#define MEMBER(type, member)						\
	printf("member %s %s %zu %zu\n", #type, #member,		\
	       __builtin_offsetof(type, member), sizeof(((type *)0)->member))

int main(void)
{
	CONSTANT(LKL_O_DIRECTORY);
	CONSTANT(LKL_AT_FDCWD);
	CONSTANT(LKL_S_IFMT);
	CONSTANT(LKL_BTRFS_IOC_SUBVOL_CREATE);
	CONSTANT(LKL___NR_openat);
	CONSTANT(LKL_FS_IOC_GETFLAGS);
	MEMBER(struct lkl_statx, stx_btime);
	MEMBER(struct lkl_mount_attr, attr_clr);
	printf("size struct lkl_statx %zu\n", sizeof(struct lkl_statx));
	return 0;
}
EOF
${CC:-gcc} -w -I"$top_srcdir/lkl/include" -I"$top_builddir/include" \
	-o program program.c
./program >facts
python3 - report.json facts <<'EOF'
import json, sys
report = json.load(open(sys.argv[1]))
for line in open(sys.argv[2]):
    kind, *words = line.split()
    if kind == "constant":
        found, expected = report["constants"][words[0]], int(words[1])
    elif kind == "size":
        found = report["structures"][" ".join(words[:2])]["size"]
        expected = int(words[2])
    else:
        place = report["structures"][" ".join(words[:2])]["members"][words[2]]
        found = place["offset"], place.get("size", int(words[4]))
        expected = int(words[3]), int(words[4])
    if found != expected:
        sys.exit("%s: the report has %s" % (line.strip(), found))
openat = report["calls"]["openat"]
assert openat["number"] == report["constants"]["LKL___NR_openat"], openat
assert openat["parameters"][1] == {"type": "const char *",
                                   "name": "filename"}, openat
assert report["constants"]["LKL_XATTR_USER_PREFIX"] == "user."
assert len(report["calls"]) > 200 and len(report["structures"]) > 150
assert len(report["constants"]) > 4000
EOF

# A report beside itself has no difference.
"$api/compare" report.json report.json >out
[ "$(wc -l <out)" = 1 ] || { cat out; die 'a report differs from itself'; }
grep -qE ': 0 gone, 0 translation, 0 compatible, 0 added, [1-9][0-9]+ same$' \
	out || { cat out; die 'unexpected sum'; }

# expect CLASS TEXT PYTHON... - of a report that was changed this way
expect() {
	local class=$1 text=$2

	shift 2
	python3 - "$@" <<'EOF'
import json, sys
r = json.load(open("report.json"))
calls, structs, consts = r["calls"], r["structures"], r["constants"]
before = json.dumps(r, sort_keys=True)
for statement in sys.argv[1:]:
    exec(statement)
assert json.dumps(r, sort_keys=True) != before, "nothing changed"
json.dump(r, open("changed.json", "w"))
EOF
	"$api/compare" report.json changed.json >out
	grep -qxF -e "$class $text" out || {
		cat out
		die "not found: $class $text"
	}
	# One change, one difference, and the sum.
	[ "$(wc -l <out)" = 2 ] || { cat out; die "more than: $text"; }
	grep -q " 1 $class" out || { cat out; die "not counted: $class"; }
}
expect gone 'call openat' 'del calls["openat"]'
expect added 'call more' 'calls["more"] = calls["openat"]'
expect translation 'call close: number 57, now 1057' \
	'calls["close"]["number"] += 1000'
expect translation 'call close: (unsigned int), now (unsigned long)' \
	'calls["close"]["parameters"][0]["type"] = "unsigned long"'
expect translation 'call close: (unsigned int), now (unsigned int, int)' \
	'calls["close"]["parameters"].append({"type": "int", "name": "flags"})'
expect compatible 'call close: parameters (fd), now (number)' \
	'calls["close"]["parameters"][0]["name"] = "number"'
expect compatible \
	'call read: (unsigned int, char *, size_t), now (unsigned int, const char *, size_t)' \
	'calls["read"]["parameters"][1]["type"] = "const char *"'
expect compatible \
	'call newfstatat: (int, const char *, struct lkl_stat *, int), now (int, const char *, void *, int)' \
	'calls["newfstatat"]["parameters"][2]["type"] = "void *"'
expect translation \
	'call chroot: (const char *), now (char *)' \
	'calls["chroot"]["parameters"][0]["type"] = "char *"'

expect gone 'structure struct lkl_statx' 'del structs["struct lkl_statx"]'
expect translation \
	'structure struct lkl_open_how: mode was at 8, size 8, now at 16, size 8' \
	'structs["struct lkl_open_how"]["members"]["mode"]["offset"] = 16'
expect translation 'structure struct lkl_open_how: mode is gone' \
	'del structs["struct lkl_open_how"]["members"]["mode"]'
expect translation 'structure struct lkl_open_how: mode is now modes' \
	'm = structs["struct lkl_open_how"]["members"]; m["modes"] = m.pop("mode")'
expect translation 'structure struct lkl_open_how: size 24, now 16' \
	'structs["struct lkl_open_how"]["size"] = 16'
expect compatible 'structure struct lkl_open_how: new members more; size 24, now 32' \
	'structs["struct lkl_open_how"]["size"] = 32' \
	'structs["struct lkl_open_how"]["members"]["more"] = {"offset": 24, "size": 8}'
expect compatible 'structure struct lkl_open_how: new members more' \
	'structs["struct lkl_open_how"]["members"]["more"] = {"offset": 20, "size": 4}'

expect compatible 'structure struct lkl_statx: new members more' \
	'm = structs["struct lkl_statx"]["members"]; m["more"] = {"offset": 184, "size": 8}; m["__spare3"] = {"offset": 192, "size": 64}'

expect gone 'constant LKL_O_PATH' 'del consts["LKL_O_PATH"]'
expect added 'constant LKL_O_MORE' 'consts["LKL_O_MORE"] = 1'
expect translation 'constant LKL_O_PATH: 2097152, now 4194304' \
	'consts["LKL_O_PATH"] *= 2'
expect translation 'constant LKL_XATTR_USER_PREFIX: user., now users.' \
	'consts["LKL_XATTR_USER_PREFIX"] = "users."'
expect compatible 'constant LKL_STATX_ALL: 0xfff, now 0x1fff' \
	'consts["LKL_STATX_ALL"] = 0x1fff'
expect translation 'constant LKL_STATX_ALL: 4095, now 4094' \
	'consts["LKL_STATX_ALL"] = 0xffe'
expect compatible \
	'constant LKL_FUTEX_CMD_MASK: 0xfffffffffffffe7f, now 0xfffffffffffff87f' \
	'consts["LKL_FUTEX_CMD_MASK"] = -1921'
expect translation 'constant LKL_FUTEX_CMD_MASK: -385, now -129' \
	'consts["LKL_FUTEX_CMD_MASK"] = -129'
expect compatible 'constant LKL_LINUX_VERSION_SUBLEVEL: 117, now 4' \
	'consts["LKL_LINUX_VERSION_SUBLEVEL"] = 4' \
	'old = json.load(open("report.json")); old["constants"]["LKL_LINUX_VERSION_SUBLEVEL"] = 117; json.dump(old, open("report.json", "w"))'
expect compatible 'constant LKL_NAME_MAX: 255, now 256' \
	'consts["LKL_NAME_MAX"] = 256'
expect translation 'constant LKL_NAME_MAX: 255, now 254' \
	'consts["LKL_NAME_MAX"] = 254'

# A choice of classes, JSON, and files that are no reports.
"$api/compare" --only gone report.json changed.json >out
[ ! -s out ] || { cat out; die '--only gone'; }
"$api/compare" --only translation report.json changed.json >out
[ "$(wc -l <out)" = 1 ] || { cat out; die '--only translation'; }
"$api/compare" --json report.json changed.json >out
python3 -c 'import json; d = json.load(open("out"));
assert d["counts"]["translation"] == 1 and len(d["differences"]) == 1, d'
echo '{}' >no-report
! "$api/compare" report.json no-report >out 2>&1 || die 'accepted: no report'
grep -q 'no-report: not a report' out || { cat out; die 'message'; }
! "$api/compare" report.json missing >out 2>&1 || die 'accepted: no file'
