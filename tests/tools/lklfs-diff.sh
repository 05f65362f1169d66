#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lklfs-diff.sh - lklfs diff finds all differences between images, folders and tar
# archives, and no others.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs tar python3

umask 022
# "a.b" and "a/b": the order of paths is not that of their bytes.
mkdir -p tree/a/b/c tree/a.b/x tree/empty tree/gone/deep
seq 20000 >tree/a/numbers
echo text >tree/a.b/x/text
ln tree/a/numbers tree/a.b/again
ln -s ../a tree/a.b/link
mkfifo tree/fifo
touch tree/gone/deep/file "tree/$(printf 'odd\351')"
truncate -s 3M tree/sparse
echo end >>tree/sparse
make_image ext4 first 64M
run_check lklfs rm -r first lost+found
run_check cptofs -i first tree/. /
tar --format=posix -C tree -S -czf tree.tar.gz .
tar -C tree -cf tree.tar .

run_check lklfs diff first first >got
[ ! -s got ] || die "an image differs from itself"
run_check lklfs diff --times first tree >got
[ ! -s got ] || die "a folder: $(cat got)"
run_check lklfs diff --times first tree.tar.gz >got
run_check lklfs diff tree.tar first >got
run_check lklfs diff tree tree.tar >got
[ ! -s got ] || die "an archive: $(cat got)"

# differs ARGUMENT... - the exit status says so
differs() {
	run_any lklfs diff "$@"
	[ $? -eq 1 ] || die "no difference: $*"
}

# Each kind of difference.
cp first second
run_check lklfs rm -r second gone
run_check lklfs mkdir -p second new/below
seq 20000 | sed 's/^7$/8/' | run_check lklfs write second a/numbers
run_check lklfs chmod second 700 a/b
run_check lklfs chown second 99 empty
run_check lklfs ln -sfn second ../b a.b/link
run_check lklfs rm second fifo
run_check lklfs mkdir second fifo
run_check lklfs touch -d @5 second a.b/x/text
want="Only in first: /gone
Only in second: /new
/a.b/link: target differs
/a/b: mode differs
/a/numbers: contents differ
/fifo: type differs"
differs --no-owners first second >got
# write replaces the file, so its other name keeps the old contents.
sort got | check_text /dev/stdin "$(sort <<<"$want")" || die "diff"
differs --no-owners second first >got.back
sort got.back | diff - <(sort got) >&3 || die "the other way round"
differs first second >got
grep -qx '/empty: owner differs' got || die "an owner"
differs --times first second >got
grep -q '^/a.b/x/text: time differs$' got || die "diff --times"
differs --no-contents --no-owners first second >got
! grep -E 'contents|owner' got >&3 || die "diff --no-contents --no-owners"
differs -q first second >got
[ ! -s got ] || die "diff -q"
differs --json --no-owners first second >got
python3 - <<'END' || die "JSON: $(cat got)"
import json
got = {o["path"]: o for o in map(json.loads, open("got"))}
assert got["gone"]["difference"] == "only-in-first"
assert got["new"]["difference"] == "only-in-second"
assert got["a/numbers"] == {"path": "a/numbers", "difference": "changed", "changed": ["contents"]}
assert len(got) == 6
END

# Extended attributes and ACLs, also of links and directories.
touch here
if command -v setfacl >&3 && setfattr -n user.x -v x here 2>&3; then
	cp -a tree with
	setfattr -n user.name -v value with/a/numbers
	setfattr -n user.other -v value with/a/b
	setfacl -m u:77:rw with/a.b/x/text
	setfacl -d -m g:88:r with/empty
	make_image ext4 plain 64M
	run_check lklfs rm -r plain lost+found
	run_check cptofs -i plain tree/. /
	make_image ext4 labelled 64M
	run_check lklfs rm -r labelled lost+found
	run_check cptofs -i labelled with/. /
	debugfs -w -R 'ea_set /fifo trusted.hidden x' labelled 2>&3
	tar --format=posix --xattrs --acls -C with -cf with.tar .
	run_check lklfs diff plain tree >got
	run_check lklfs diff plain tree.tar >got
	differs --no-xattrs plain labelled >got
	check_text got '/a.b/x/text: mode differs'
	want="/a.b/again: attributes differ
/a.b/x/text: mode, acl differ
/a/b: attributes differ
/a/numbers: attributes differ
/empty: acl differs"
	for pair in 'tree with' 'tree labelled' 'plain with' 'plain with.tar'; do
		differs $pair >got
		sort got | check_text /dev/stdin "$want" || die "$pair"
	done
	differs plain labelled >got
	sort got | check_text /dev/stdin "$want
/fifo: attributes differ" || die "trusted"
	for pair in 'labelled with' 'with with.tar'; do
		run_check lklfs diff $pair >got
	done
	differs labelled with.tar >got
	check_text got '/fifo: attributes differ'
	run_check fs2tar labelled labelled.tar
	run_check lklfs diff labelled labelled.tar >got
	differs --no-xattrs plain labelled.tar >got
	check_text got '/a.b/x/text: mode differs'
else
	skip_part "no setfattr, or a file system without extended attributes"
fi

# Trouble is 2, whichever side has it.
run_mustfail 2 'nothere' lklfs diff first nothere
run_mustfail 2 'nothere' lklfs diff nothere first
head -c 3000 tree.tar.gz >cut.tar.gz
run_mustfail 2 'cut.tar.gz' lklfs diff first cut.tar.gz >got
echo nonsense >bad.tar
run_mustfail 2 'bad.tar' lklfs diff tree bad.tar >got

# edit: an editor outside, nothing else.
cat >editor <<'END'
#!/bin/sh
# $1: an option; $2: the copy
[ "$1" = --an-option ] || exit 9
sed 's/text/edited/' "$2" >"$2.new" && mv "$2.new" "$2"
END
chmod +x editor
VISUAL='dirname >where' env -u TMPDIR lklfs edit second a.b/x/text 2>&3
grep -q '^/var/tmp/lklfs-' where || die "edit: the copy is in $(cat where)"
export TMPDIR=$PWD/tmp
mkdir tmp
EDITOR="$PWD/editor --an-option" run_check lklfs edit second a.b/x/text
run_check lklfs cat second a.b/x/text >got
check_text got edited
VISUAL=true run_check lklfs edit second a.b/x/text
grep -q 'a.b/x/text: not changed' stderr || die "edit: nothing is said"
VISUAL=false run_mustfail 1 'the editor (false) has failed' lklfs edit second a.b/x/text
run_mustfail 1 'a: cannot open: Is a directory' lklfs edit second a
VISUAL="sh -c 'echo new >\"\$1\"' sh" run_check lklfs edit second brand-new
run_check lklfs cat second brand-new >got
check_text got new
# Editors leave backups.
VISUAL="sh -c 'cp \"\$1\" \"\$1~\"; mkdir \"\$1.d\"; echo newer >\"\$1\"' sh" \
	run_check lklfs edit second brand-new
[ -z "$(ls tmp)" ] || die "edit leaves $(ls -R tmp)"
if [ "$(id -u)" -ne 0 ]; then
	VISUAL="sh -c 'echo >\"\$1.d\"; chmod a-w \"\${1%/*}\"' sh" \
		run_mustfail 1 'cannot remove: ' lklfs edit second brand-new
	chmod -R u+w tmp && rm -r tmp/*
fi
# No editor for an image that cannot be written.
run_mustfail 1 'can only be read' env VISUAL='touch started' \
	lklfs edit --verity-root-hash="$(printf %064d 0)" second brand-new
if [ "$(id -u)" -ne 0 ]; then
	chmod a-w second
	run_mustfail 1 'cannot open for writing' env VISUAL='touch started' \
		lklfs edit second brand-new
	chmod u+w second
fi
[ ! -e started ] || die "edit starts the editor in vain"
# Another program changes the file meanwhile: both texts survive.
VISUAL="sh -c 'echo mine >\"\$1\"; echo theirs | lklfs write second brand-new' sh" \
	run_mustfail 1 'brand-new: was changed meanwhile' lklfs edit second brand-new
copy=$(sed -n 's/.*the edited copy is //p' stderr)
run_check lklfs cat second brand-new >got
check_text got theirs
check_text "$copy" mine
run_check e2fsck -fn second >&3
