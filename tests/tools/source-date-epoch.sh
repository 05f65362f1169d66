#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# source-date-epoch.sh - with SOURCE_DATE_EPOCH, images and archives that are
# built again from the same files, elsewhere and by another user, are the same.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs debugfs setfattr
epoch=1500000000

# grow DIRECTORY ORDER ATTRIBUTES - the same files, made in this order; one is
# older than the epoch
grow() {
	local n name

	mkdir -p "$1/dir/sub" || exit 1
	for n in $2; do
		echo "$n" >"$1/dir/$n"
		for name in $3; do
			setfattr -n "user.$name" -v "$n" "$1/dir/$n" ||
				skip "no extended attributes here"
		done
	done
	ln "$1/dir/c" "$1/dir/link"
	ln -s dir "$1/symlink"
	touch -d '2010-01-01 UTC' "$1/dir/b"
}
grow one 'a b c d e f g' 'k l m'
grow two 'g c e a f d b' 'm k l'
make_image ext4 one.image 64M -d one -E hash_seed=11111111-2222-3333-4444-555555555555
make_image ext4 two.image 64M -d two -E hash_seed=99999999-2222-3333-4444-555555555555
touch -d '2012-01-01 UTC' two/*

# times ARCHIVE NAME - in seconds
times() {
	tar -tvf "$1" --utc --full-time --no-recursion "$2" | awk '{ print $4 "T" $5 }'
}

# ---- fs2tar ----

run_check fs2tar --owner=0 --group=0 one.image own.tar
SOURCE_DATE_EPOCH=$epoch run_check fs2tar --owner=0 --group=0 one.image want.tar
! cmp -s own.tar want.tar || die "SOURCE_DATE_EPOCH does nothing"
run_check env SOURCE_DATE_EPOCH=$epoch TZ=Asia/Tokyo LC_ALL=tr_TR.UTF-8 \
	fs2tar --owner=0 --group=0 two.image got.tar
check_same want.tar got.tar "built again, it is something else"
(umask 0; cd / && SOURCE_DATE_EPOCH=$epoch HOME=/nowhere USER=someone TZ=EST5 \
	fs2tar --owner=0 --group=0 "$OLDPWD/one.image") >got.tar ||
	die "fs2tar fails elsewhere"
check_same want.tar got.tar "it depends on where and by whom it is made"
if is_root && chmod a+rx . && chmod a+r one.image &&
   setpriv --reuid=65534 --regid=65534 --clear-groups test -r one.image; then
	SOURCE_DATE_EPOCH=$epoch setpriv --reuid=65534 --regid=65534 \
		--clear-groups "$(command -v fs2tar)" --owner=0 --group=0 \
		one.image >got.tar 2>stderr || die "fails as another user"
	check_same want.tar got.tar "it depends on the user"
fi
[ "$(times want.tar ./dir/a)" = 2017-07-14T02:40:00 ] || die "not clamped"
tar -xf want.tar ./dir/b
[ "$(stat -c %Y dir/b)" -eq 1262304000 ] || die "an old time is lost"
run_check fs2tar --owner=0 --group=0 --mtime=@$epoch --clamp-mtime --sort=name \
	one.image got.tar
check_same want.tar got.tar "not what the manual says"

# An option wins over the environment.
SOURCE_DATE_EPOCH=$epoch run_check fs2tar --mtime=@1400000000 one.image got.tar
[ "$(times got.tar ./dir/b)" = 2014-05-13T16:53:20 ] || die "--mtime"
SOURCE_DATE_EPOCH=nonsense run_check fs2tar --mtime=@1400000000 one.image got.tar
SOURCE_DATE_EPOCH=$epoch run_check fs2tar --clamp-mtime one.image got.tar
[ "$(times got.tar ./dir/a)" = 2017-07-14T02:40:00 ] || die "--clamp-mtime"
SOURCE_DATE_EPOCH=$epoch run_check fs2tar --sort=none one.image got.tar
run_check fs2tar --sort=none one.image own.tar
tar -tf own.tar >want.list
tar -tf got.tar >got.list
check_same want.list got.list "--sort=none"
SOURCE_DATE_EPOCH=-1 run_check fs2tar one.image got.tar
[ "$(times got.tar ./dir/a)" = 1969-12-31T23:59:59 ] || die "before 1970"

for bad in '' x 1.5 ' 1' '1 ' +1 0x10 1e9 - 99999999999999999999 \
	   '1500000000 # yesterday' '@1'; do
	for tool in 'fs2tar one.image -' 'cptofs -i one.image one /'; do
		run_mustfail 2 "SOURCE_DATE_EPOCH is not a number of seconds: \"$bad\"" \
			env SOURCE_DATE_EPOCH="$bad" $tool >out
		[ ! -s out ] && [ "$(wc -l <stderr)" -eq 2 ] ||
			die "says more than that for '$bad'"
	done
done

# ---- cptofs ----

# newest IMAGE - the latest time of modification or access in it
newest() {
	python3 - "$1" <<-'EOF'
		import re, subprocess, sys
		def debugfs(command):
		    return subprocess.run(["debugfs", "-R", command, sys.argv[1]],
		                          capture_output=True, text=True).stdout
		todo, latest = ["/"], (0, "")
		while todo:
		    path = todo.pop()
		    text = debugfs(f'stat "{path}"')
		    for kind in ("mtime", "atime"):
		        time = int(re.search(kind + ": (0x[0-9a-f]+)", text)[1], 0)
		        latest = max(latest, (time, f"{kind} of {path}"))
		    if "Type: directory" in text:
		        for line in debugfs(f'ls -p "{path}"').splitlines():
		            name = line.split("/")[5:6]
		            if name and name[0] not in ("", ".", ".."):
		                todo.append(path.rstrip("/") + "/" + name[0])
		print(*latest)
	EOF
}

# Directories that were there, and that are made on the way, are part of it.
tar -cf one.tar one
tar -cf some.tar --no-recursion one/dir/a one/symlink
mkdir existing existing/dir
for arguments in 'one --mkdir /new/way/there' 'one/. /dir' 'one /dir' \
		 '--tar one.tar --mkdir /new/way/there' '--tar one.tar /dir' \
		 '--tar some.tar /dir' '--tar some.tar --mkdir /new/way' \
		 '--no-preserve=timestamps one /dir'; do
	find existing -exec touch -h -d @1400000000 {} +
	make_image ext4 image 64M -d existing
	# mke2fs takes the time of these from the clock.
	for what in / /lost+found; do
		for kind in atime mtime; do
			debugfs -w -R "sif $what $kind 20140101" image \
				>/dev/null 2>&1 || die debugfs
		done
	done
	SOURCE_DATE_EPOCH=$epoch run_check cptofs -i image $arguments
	read -r time what < <(newest image)
	[ "$time" -eq $epoch ] || die "$arguments: $time is the $what"
	fs2tar -q --sort=name image got.tar || die "fs2tar"
	case $arguments in
	*some.tar* | *no-preserve*) continue ;;
	esac
	name=$(tar -tf got.tar | grep '/dir/b$')
	[ "$(times got.tar "$name")" = 2010-01-01T00:00:00 ] ||
		die "$arguments: an old time is lost"
done
# Not without being asked.
make_image ext4 image 64M -d existing
run_check cptofs -i image --tar some.tar /dir
fs2tar -q image got.tar || die "fs2tar"
[ "$(times got.tar ./dir/ | cut -c 1-4)" -ge 2024 ] ||
	die "a directory has kept its time"

# cpfromfs: what is copied; a directory of the host shows what happens to it.
mkdir copied
SOURCE_DATE_EPOCH=$epoch run_check cpfromfs -i one.image /dir copied
[ "$(stat -c %Y copied/dir/a)" -eq $epoch ] || die "cpfromfs: not clamped"
[ "$(stat -c %Y copied)" -gt $epoch ] || die "cpfromfs: clamped its destination"
