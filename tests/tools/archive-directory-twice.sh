#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# archive-directory-twice.sh - a directory that an archive has several times gets
# the attributes of its last member, as GNU tar has it.

. "$top_srcdir/tests/helpers/lib-cp.sh"

python3 - <<'EOF' || die python3
import io, tarfile
archive = tarfile.open("twice.tar", "w", format=tarfile.PAX_FORMAT)

def add(name, type, mode, mtime, xattr=None):
	member = tarfile.TarInfo(name)
	member.type, member.mode, member.mtime = type, mode, mtime
	if xattr:
		member.pax_headers = {"SCHILY.xattr.user.test": xattr}
	archive.addfile(member, io.BytesIO())

for n, mode in enumerate((0o700, 0o755, 0o711)):
	add("dir", tarfile.DIRTYPE, mode, 1000 + n, "value %d" % n)
	add("dir/sub", tarfile.DIRTYPE, mode, 2000 + n)
	add("dir/sub/file%d" % n, tarfile.REGTYPE, 0o644, 3000 + n)
# Another directory takes its place.
add("other", tarfile.DIRTYPE, 0o700, 4000, "old")
add("other", tarfile.REGTYPE, 0o600, 5000)
add("other", tarfile.DIRTYPE, 0o751, 6000)
archive.close()
EOF
# members ARCHIVE - mode, time and attributes
members() {
	python3 - "$1" <<-'EOF'
		import sys, tarfile
		for m in sorted(tarfile.open(sys.argv[1]), key=lambda m: m.name):
		    if "lost+found" not in m.name and m.name != ".":
		        print(m.name.removeprefix("./"), oct(m.mode), int(m.mtime),
		              m.pax_headers.get("SCHILY.xattr.user.test", "-"))
	EOF
}
run_check tar2fs twice.tar one.ext4
run_check fs2tar one.ext4 one.tar
make_image ext4 two 16M
# cptofs replaces no directory by a file.
run_check cptofs -i two --exclude other --tar twice.tar /
run_check fs2tar two two.tar
for archive in one.tar two.tar; do
	members $archive | grep -v ^other >list
	check_text list 'dir 0o711 1002 value 2
dir/sub 0o711 2002 -
dir/sub/file0 0o644 3000 -
dir/sub/file1 0o644 3001 -
dir/sub/file2 0o644 3002 -'
done
members one.tar | grep -qx 'other 0o751 6000 -' || die "another directory"
# The later input wins.
run_check tar2fs --mtime=@7000 twice.tar twice.tar one.ext4
run_check fs2tar one.ext4 one.tar
members one.tar | grep -q '^dir 0o711 7000 value 2$' || die "another mode"
