#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lklfs-change.sh - the commands of lklfs that change files do what the programs of
# the same name do in a folder; e2fsck finds nothing, and errors name the file.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs e2fsck debugfs python3

umask 022
mkdir -p tree/etc tree/dir/sub/deep tree/full
printf 'root:x:0:0::/:/bin/sh\nalice:x:1234:50::/:/bin/sh\n' >tree/etc/passwd
printf 'root:x:0:\nstaff:x:50:\n' >tree/etc/group
echo old >tree/file
echo other >tree/other
ln -s file tree/link
ln -s dir tree/dirlink
ln -s ../../etc/passwd tree/dir/up
seq 10 >tree/dir/sub/deep/ten
touch tree/full/{1..50}
make_image ext4 image 64M -d tree

# both COMMAND ARGUMENT... - in the image with lklfs, in the folder with the program
both() {
	run_check lklfs "$1" image "${@:2}"
	(cd tree && command "$@") >&3 || die "the host's $*"
}

both mkdir new
both mkdir -p a/b/c
both mkdir -p a/b
both mkdir -m 700 private
both mv file new/
both mv -T other renamed
both mv dir/sub new
both mv -n renamed etc/group
both ln renamed more
both ln -s /etc/passwd new/absolute
both ln -sf ../etc/group new/absolute
both ln -sfn etc dirlink
both ln -f more new/file
both rm -rf full nothere
both rm -d private
both rm link
both chmod 640 etc/group
both chmod u+x,go= renamed
both chmod -R g-w,o-rx new
both chmod a+t dir
both chmod -x a/b/c
both touch empty
both touch -d '2001-02-03 04:05:06' etc/passwd
both touch -r etc/passwd -m renamed
both touch -c nothere
both truncate -s 1M grown
both truncate -s -1K grown
both truncate -s +5 grown
both truncate -c -s 5 nothere

run_check e2fsck -fn image >&3
# The image holds what the folder holds.
run_check fs2tar image out.tar
tar --compare -f out.tar -C tree --exclude=./lost+found >differences 2>&1
# Owners are those of who made the folder; times of directories are the present's.
grep -vE ': (Uid|Gid|Mod time) differs$' differences >&3 && die "the image differs"
tar -tf out.tar --exclude=./lost+found | sed 's|/$||' | sort >got
(cd tree && find .) | sort | diff got - >&3 || die "names differ"
run_check lklfs stat -c '%Y %X' image etc/passwd >got
date -d '2001-02-03 04:05:06' '+%s %s' | diff - got >&3 || die "touch -d"
run_check lklfs stat -c '%Y' image renamed >got
stat -c '%Y' tree/renamed | diff - got >&3 || die "touch -r"

# chown: names of the image, numbers.
run_check lklfs chown image alice:staff etc/group
run_check lklfs chown image :50 renamed
run_check lklfs chown image 77 more
[ "$(lklfs stat -c "%u %g" image renamed)" = "77 50" ] || die "chown"
run_check lklfs chown -R image 9:9 new
run_check lklfs chown -h image 8 dir/up
run_check lklfs stat -c '%u %g %n' image etc/group renamed new new/sub new/absolute \
	etc/passwd dir/up >got
check_text got "1234 50 etc/group
9 9 renamed
9 9 new
9 9 new/sub
9 9 new/absolute
$(id -u) $(id -g) etc/passwd
8 $(id -g) dir/up"
run_mustfail 1 'no user bob' lklfs chown image bob etc
run_mustfail 1 'no group bob' lklfs chown image :bob etc

# write: all or nothing, with the attributes of the old file, through links.
run_check lklfs chmod image 604 etc/passwd
debugfs -w -R 'ea_set /etc/passwd user.keep me' image 2>/dev/null
run_check lklfs ln -s -f image etc/passwd link2
echo 'root:x:0:0::/:/bin/sh' >want
run_check lklfs write image link2 <want
run_check lklfs cat image etc/passwd | cmp - want >&3 || die "write"
run_check lklfs stat -c '%a %F' image etc/passwd link2 >got
check_text got "604 regular file
777 symbolic link"
run_check lklfs stat image etc/passwd | grep -q 'Attr: user.keep' ||
	die "write loses attributes"
run_check lklfs write -m u+x,o= image etc/passwd <want
run_check lklfs stat image etc/passwd >got
grep -q '(0700/' got || die "write -m of an old file"
grep -q 'Attr: user.keep' got || die "write -m loses attributes"
seq 500000 >want
run_check lklfs write -m 600 image big <want
run_check lklfs cat image big | cmp - want >&3 || die "write of a new file"
[ "$(lklfs stat -c %a image big)" = 600 ] || die "write -m"
before=$(digest image)
truncate -s 300M large
run_mustfail 1 'big: cannot write: No space left' lklfs write image big <large
run_check lklfs cat image big | cmp - want >&3 || die "a failed write leaves a new file"
run_check lklfs ls -A image / | grep -F .new >&3 && die "a failed write leaves a part"
run_mustfail 1 'dir: cannot write: Is a directory' lklfs write image dir <want
run_check e2fsck -fn image >&3

# label, trim
run_check lklfs label image 'a label'
[ "$(e2label image)" = 'a label' ] || die "label"
before=$(digest image)
[ "$(lklfs label image)" = 'a label' ] || die "label is not shown"
[ "$(lklfs label --json image)" = '{"label":"a label"}' ] || die "label as JSON"
[ "$(digest image)" = "$before" ] || die "to show the label changes the image"
run_mustfail 1 'image: cannot set the label: ' lklfs label image 01234567890123456789
run_check lklfs label --json image other >out
check_text out '{"change":"labelled","label":"other"}'
run_check lklfs rm image big
run_check lklfs trim image >got
grep -q '^image: .* bytes) trimmed$' got || die "trim: $(cat got)"
run_check e2fsck -fn image >&3
run_mustfail 1 'only btrfs has snapshots, and this is ext4' lklfs snapshot image / s

# Errors name the file and do not stop the rest.
run_mustfail 1 'none: cannot remove: No such file' lklfs rm image none more
run_mustfail 1 'more: cannot stat' lklfs stat image more
run_mustfail 1 'dir: cannot remove: Is a directory' lklfs rm image dir
run_mustfail 1 'dir: cannot remove: Directory not empty' lklfs rm -d image dir
for path in / dir/ dir/.. .; do
	VISUAL=true run_mustfail 1 "lklfs: $path: not the name of a file" \
		lklfs edit image $path
	[ "$(wc -l <stderr)" -eq 1 ] || die "says more: $(cat stderr)"
done
for path in / /dir/.. .; do
	run_mustfail 1 "$path: cannot remove: not the name of a file in a directory" \
		lklfs rm -rf image $path
done
run_mustfail 1 'dir: cannot make directory: File exists' lklfs mkdir image dir
run_mustfail 1 'none: cannot move' lklfs mv image none else
run_mustfail 1 'renamed: is the destination itself' lklfs mv image renamed ./renamed
run_mustfail 1 'renamed: cannot make link: File exists' lklfs ln image etc/passwd renamed
run_mustfail 2 'not a mode: 888' lklfs chmod image 888 dir
run_mustfail 2 'no size given' lklfs truncate image dir
run_mustfail 1 'dir: cannot truncate: Is a directory' lklfs truncate -s 5 image dir
run_mustfail 2 'missing operand' lklfs mv image renamed


# As with GNU's programs, chmod -R follows a link that is an operand, which has to
# lead somewhere, and chown -R changes the link.
run_check lklfs mkdir -p image linked/below
run_check lklfs ln -s image linked tolinked
run_check lklfs ln -s image nowhere dangling
run_check lklfs chmod -R image 711 tolinked
run_check lklfs chown -R image 66 tolinked
run_check lklfs stat -c '%a %u %n' image linked linked/below tolinked >got
check_text got "711 0 linked
711 0 linked/below
777 66 tolinked"
run_mustfail 1 'dangling: cannot stat: No such file' lklfs chmod -R image 700 dangling

# A slash at the end asks for a directory, and a link to one is none.
run_mustfail 1 'renamed/: cannot remove: Not a directory' lklfs rm image renamed/
run_mustfail 1 'tolinked/: cannot remove: Not a directory' lklfs rm -r image tolinked/
run_check lklfs rm -r image linked/ tolinked dangling

# The empty name is no file, neither the current directory nor the root.
none="'': cannot .*: No such file"
for command in 'mv image renamed' 'mv image renamed dir' 'ln -s image x' 'rm image' \
	'truncate -s 1 image' 'write image' 'touch image' 'mkdir image'; do
	lklfs $command '' </dev/null 2>stderr && die "$command ''"
	grep -qE "^lklfs: ($none|'': No such file)" stderr || die "$command '': $(cat stderr)"
done
run_check lklfs stat -c %F image renamed >&3

# Sockets and fifos are named, and the rest goes on.
debugfs -w -R 'mknod sock p' image >&3 2>&1
debugfs -w -R 'set_inode_field sock mode 0140644' image >&3 2>&1
run_mustfail 1 'sock: cannot truncate: ' lklfs truncate -s 3 image sock renamed
[ "$(lklfs stat -c %s image renamed)" = 3 ] || die "truncate stops at a socket"
run_check lklfs rm image sock

# --snapshot leaves the image alone; JSON tells of each change.
before=$(digest image)
run_check lklfs rm -v --snapshot image etc/passwd >got
check_text got 'removed etc/passwd'
[ "$(digest image)" = "$before" ] || die "--snapshot changed the image"
run_check lklfs mkdir --json -p image j/k >got
check_text got '{"change":"created directory","path":"j"}
{"change":"created directory","path":"j/k"}'

# btrfs
if command -v mkfs.btrfs >/dev/null; then
	mkdir -p small/etc
	echo other >small/renamed
	make_image btrfs b 200M -r small
	run_check lklfs snapshot b / snap
	run_check lklfs snapshot -r b / frozen
	run_check lklfs rm b renamed
	run_check lklfs cat b snap/renamed frozen/renamed >got
	check_text got "other
other"
	run_mustfail 1 'Read-only file system' lklfs rm b frozen/renamed
	run_mustfail 1 'etc: is not a subvolume' lklfs snapshot b etc s2
	run_check btrfs check b >&3 2>&1
else
	skip_part "btrfs-progs is not installed"
fi
