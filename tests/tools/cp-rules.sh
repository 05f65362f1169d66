#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-rules.sh - the copying tools and GNU cp give the same result for the same
# operands and existing files.

. "$top_srcdir/tests/helpers/lib-cp.sh"

mkdir start start/full start/full/sub start/src start/other
echo old >start/full/file
echo old >start/full/sub/inner
echo old >start/exists
echo one >start/src/file
mkdir start/src/sub start/src/empty
echo two >start/src/sub/inner
ln -s file start/src/link
ln start/src/file start/src/hard
echo three >start/other/file
mkdir start/conflict
echo x >start/conflict/sub
mkdir start/conflict2
mkdir start/conflict2/file
echo new >start/newer
ln -s full start/link-to-full
touch -d '2001-01-01 UTC' start/src/file start/src/sub start/full/file
touch -d '2010-01-01 UTC' start/exists
touch -d '2020-01-01 UTC' start/newer
chmod 751 start/src
chmod 700 start/full/sub

make_image ext4 start.img 64M
run_check cptofs -i start.img start/. /

# Both end with the same messages.
count=0
rule() {
	local wanted got

	count=$((count + 1))
	rm -rf host out
	cp -a start host || die "cp"
	cp --sparse=always start.img image
	(cd host && cp -a "$@") 2>cp.err
	wanted=$?
	echo "+ cp -a $*: $wanted; $(cat cp.err)" >&3
	(cd start && run_any cptofs -i ../image "$@") 2>stderr
	got=$?
	[ "$wanted" -eq "$got" ] || die "exit status $got, not $wanted: $*"
	[ "$wanted" -eq 0 ] || [ -s stderr ] || [ -s start/stderr ] ||
		die "fails silently: $*"
	rm -f start/stderr
	mkdir out
	run_check cpfromfs -i image --exclude /lost+found /. out
	(cd host && find . -printf '%P %y %m %n %l\n' | sort &&
		find . -type f -printf '%P %T@ ' -exec cat {} \; |
		sort) >want.list
	(cd out && find . -printf '%P %y %m %n %l\n' | sort &&
		find . -type f -printf '%P %T@ ' -exec cat {} \; |
		sort) >got.list
	diff -u want.list got.list >&3 || die "not as cp does it: $*"
}

rule src/file new
rule src/file full
rule src/file full/
rule src/file exists
rule src/file new/
rule src/file exists/
rule src/file -T full
rule -T src/file new
rule src new
rule src new/
rule src full
rule src/ full
rule src/. full
rule -T src full
rule -T src new
rule src exists
rule src none/below
rule src/file other/file full
rule src/file other full
rule src other new
rule src other exists
rule none full
rule none src/file full
rule src/sub src/file src/link full
rule src/. conflict
rule src/. conflict2
rule -n src/file exists
rule -n src/. full
rule -u src/file exists
rule -u newer exists
# With the hard link first, cp would replace a file that is not older.
rule -u src/file src/hard src/sub src/empty src/link full
rule src/link full
rule -L src/link full
rule -L src new
rule -H src/link full
rule -H src new
rule -a -d src/link full
rule -a -L -d src new
rule -R src new
rule src/file link-to-full
rule src link-to-full
rule -T src/file link-to-full/file
rule link-to-full new
rule link-to-full/ new
rule link-to-full/. new
rule src/hard src/file full
rule --remove-destination src/file full/file
rule src/file src/file full
check_clean ext4 image
[ $count -gt 40 ] || die "too few rules"
