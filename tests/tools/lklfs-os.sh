#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lklfs-os.sh - lklfs list shows what blkid and sfdisk say of an image, and lklfs os
# tells the operating system and counts its packages.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs sfdisk blkid python3

# A disk of three partitions: vfat, ext4 with a system, and nothing.
mkdir -p root/{bin,etc,boot,sbin,var/lib/dpkg,var/lib/rpm,lib/apk/db} \
	root/usr/lib/systemd root/lib/modules/6.1.0-44-amd64 \
	root/var/lib/pacman/local/{bash-5.2-1,glibc-2.38-7}
cat >root/etc/os-release <<'END'
# A comment.
PRETTY_NAME="Guest \"OS\" 12"
ID=guest
VERSION_ID='12'
END
printf '# host\n\nvm17\n' >root/etc/hostname
printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\267\0rest' >root/bin/sh
touch root/usr/lib/systemd/systemd root/boot/vmlinuz-6.9.1 \
	root/boot/vmlinuz-6.1.0-44-amd64 root/var/lib/pacman/local/ALPM_DB_VERSION
for i in {1..37}; do
	printf 'Package: p%d\nStatus: install ok installed\n\n' $i
done >root/var/lib/dpkg/status
printf 'Package: gone\nStatus: deinstall ok config-files\n' >>root/var/lib/dpkg/status
printf 'P:musl\nV:1\n\nP:busybox\nV:2\n\n' >root/lib/apk/db/installed
# A table as rpm has it, with enough rows for several levels of pages.
python3 - <<'END' || die "sqlite"
import sqlite3
db = sqlite3.connect("root/var/lib/rpm/rpmdb.sqlite")
db.execute("CREATE TABLE Name (key TEXT NOT NULL, hnum INTEGER NOT NULL)")
db.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
db.executemany("INSERT INTO Packages (blob) VALUES (?)",
	[(bytes(700 + 13 * i % 9000),) for i in range(4321)])
db.executemany("INSERT INTO Name VALUES (?, ?)", [("n%d" % i, i) for i in range(99)])
db.commit()
END
make_image ext4 root.ext4 80M -d root -L 'the root'
truncate -s 128M disk
sfdisk -q disk <<'END' || die "sfdisk"
label: gpt
start=2048, size=32768, type=U, name="EFI"
start=34816, size=163840, type=L, name="system", uuid=11111111-2222-3333-4444-555555555555
start=198656, size=8192, type=L
END
dd if=root.ext4 of=disk bs=1M seek=17 conv=notrunc status=none
make_image vfat efi 16M -n EFIVOL
dd if=efi of=disk bs=1M seek=1 conv=notrunc status=none
before=$(digest disk)

run_check lklfs list disk >got
grep -qE '^0 +disk +128 MiB ' got &&
	grep -qE '^  1 +partition +16 MiB +vfat +EFIVOL +EFI ' got &&
	grep -qE '^  2 +partition +80 MiB +ext4 +the root +system ' got &&
	grep -qE '^  3 +partition +4.0 MiB +- ' got || die "list: $(cat got)"
run_check lklfs list --json disk >got
python3 - <<'END' || die "list --json: $(cat got)"
import json, subprocess
got = [json.loads(l) for l in open("got")]
disk = got.pop(0)
assert disk["kind"] == "disk" and disk["size"] == 128 << 20 and disk["volume"] == "0"
table = json.loads(subprocess.check_output(["sfdisk", "--json", "disk"]))["partitiontable"]
assert len(got) == len(table["partitions"]) == 3
for o, p in zip(got, table["partitions"]):
	assert o["volume"] == str(o["partition"]) and o["parents"] == ["0"]
	assert o["start"] == p["start"] * 512 and o["size"] == p["size"] * 512
	assert o["partition_uuid"].upper() == p["uuid"].upper()
	assert o.get("partition_label") == p.get("name")
uuid = subprocess.check_output(["blkid", "-o", "value", "-s", "UUID", "root.ext4"], text=True)
assert got[1]["uuid"] == uuid.strip() and got[1]["filesystem"] is True
assert "content" not in got[2]
END
run_check lklfs list -b root.ext4 >got
grep -qE "^0 +disk +$((80 << 20)) +ext4" got || die "list -b: $(cat got)"
# Arrays with a volume on top, and what is missing.
. "$helpers/lib-volumes.sh"
unpack_disks md
sha256sum md[0-3] >sums
run_check lklfs list --json $(disk_options md[0-3]) md0 >got
python3 - <<'END' || die "list of arrays: $(cat got)"
import json
got = {o["volume"]: o for o in map(json.loads, open("got"))}
raid5 = got["/dev/md/raid5"]
assert raid5["kind"] == "array" and raid5["content"] == "ext4" and len(raid5["parents"]) == 3
assert all(got[n]["content"] == "linux_raid_member" for n in raid5["parents"])
inner = got["nested/inner"]
assert inner["label"] == "inner" and inner["kind"] == "volume"
assert got[inner["parents"][0]]["kind"] == "array"
assert not any("problem" in o for o in got.values())
END
run_check lklfs list md0 >got
grep -qE '^ *nested/inner +volume .*\(degraded\)|^ *.* array .*\(degraded\)' got ||
	die "nothing is degraded: $(cat got)"
grep -qE '/dev/md/raid0 +array .*\(.*cannot be started' got || die "no problem: $(cat got)"
sha256sum --check --quiet sums || die "a list has changed a disk"
run_check lklfs ls $(disk_options md[0-3]) --volume=nested/inner md0 >got

# What it shows is what -P takes.
run_check lklfs ls -P 2 disk etc | grep -qx hostname || die "-P 2"
run_check lklfs cat -P 'LABEL=the root' disk etc/hostname >got
run_check lklfs cat -P PARTUUID=11111111-2222-3333-4444-555555555555 disk etc/hostname >got

run_check lklfs os --json -P 2 disk >got
python3 - <<'END' || die "os: $(cat got)"
import json
o = json.load(open("got"))
assert o["name"] == 'Guest "OS" 12' and o["id"] == "guest" and o["version"] == "12"
assert o["architecture"] == "aarch64" and o["hostname"] == "vm17"
assert o["init"] == "systemd"
assert o["kernels"] == ["6.1.0-44-amd64", "6.9.1"]
counts = {p["database"]: p.get("count") for p in o["packages"]}
assert counts == {"dpkg": 37, "rpm": 4321, "apk": 2, "pacman": 2}, counts
END
run_check lklfs os -P 2 disk >got
grep -qx 'name          Guest "OS" 12' got && grep -qx 'packages      dpkg, 37' got ||
	die "os: $(cat got)"

# Damaged databases end in an answer, too.
cp root.ext4 damaged
for seed in {1..6}; do
	python3 - $seed <<-'END' || die "damage"
		import random, sys
		random.seed(int(sys.argv[1]))
		data = bytearray(open("root/var/lib/rpm/rpmdb.sqlite", "rb").read())
		for i in range(200): data[random.randrange(len(data) if i % 2 else 20000)] = random.randrange(256)
		data[:16] = b"SQLite format 3\0"
		open("db", "wb").write(data)
	END
	run_check lklfs write damaged var/lib/rpm/rpmdb.sqlite <db
	run_check timeout 60 lklfs os damaged >got
	grep -q '^packages      rpm, ' got || die "seed $seed: no rpm"
done
run_mustfail 1 'efi: no operating system found' lklfs os efi
[ "$(digest disk)" = "$before" ] || die "the image was changed"
