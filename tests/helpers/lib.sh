# SPDX-License-Identifier: GPL-2.0-only
#
# lib.sh - functions for the scripts in tools/, fuse/ and root/, which source
# this file.
#
# A run_ function prints a command and runs it; its name says the expected
# result.  The command's standard error goes to the file "stderr".
#
# The output of die and skip_part counts wherever they are called, in a subshell
# or in a pipeline, too: tests/run looks for it in the log.

set -u
export LC_ALL=C
PATH=$PATH:/sbin:/usr/sbin
helpers=$top_srcdir/tests/helpers
images=$helpers/images				# scripts
programs=$top_builddir/tests/helpers/images	# and what is made of the C files
exec 3>&1				# the log, wherever output goes

die() {
	echo "FAIL: $*" >&3
	exit 1
}

skip() {
	echo "skip: $*" >&3
	exit 77
}

# skip_part REASON - a part of the test is left out, and the rest goes on.  The
# test counts as skipped, unless it fails.
skip_part() {
	echo "skip: $*" >&3
}

# need PROGRAM... - skip if one is not installed; $CC may have arguments
need() {
	local p

	for p; do
		command -v "${p%% *}" >/dev/null || skip "${p%% *} is not installed"
	done
}

# need_luks_key - skip what is left if the tools cannot open encrypted volumes
need_luks_key() {
	[ -x "$top_builddir/lkl/lkl-luks-key" ] || skip "the build has no libcryptsetup"
}

# Whether the tools were built with a sanitizer, which takes memory of its own.
is_sanitized() {
	grep -q '^SANITIZER_FLAGS = .' "$top_builddir/Makefile"
}

is_root() {
	[ "$(id -u)" -eq 0 ]
}

# A status that tells of a crash: of a signal, a sanitizer, an abort.
check_no_crash() {
	[ "$1" -lt 124 ] || die "exit status $1 of ${*:2}"
	! grep -aE 'BUG:|Oops|Call Trace|Sanitizer|runtime error:' stderr >&3 ||
		die "says that it is broken: ${*:2}"
}

run_any() {
	local status

	echo "+ $*" >&3
	"$@" 2>stderr
	status=$?
	sed 's/^/  /' stderr >&3
	check_no_crash $status "$@"
	return $status
}

# run_check COMMAND... - must succeed
run_check() {
	run_any "$@" || die "exit status $? of $*"
}

# run_mustfail STATUS TEXT COMMAND... - must fail in this way, and say this
run_mustfail() {
	local want=$1 text=$2 status

	shift 2
	run_any "$@"
	status=$?
	[ $status -eq "$want" ] || die "exit status $status, not $want, of $*"
	grep -qF -e "$text" stderr || die "does not say '$text': $*"
}

# run_mayfail COMMAND... - 0 or 1, whatever becomes of it
run_mayfail() {
	run_any "$@"
	[ $? -le 1 ] || die "exit status $? of $*"
}

# wait_for SECONDS WHAT COMMAND... - until COMMAND succeeds
wait_for() {
	local tries=$(($1 * 20 * ${TIME_FACTOR:-1})) what=$2

	shift 2
	while ! "$@"; do
		[ $((tries--)) -gt 0 ] || die "not in time: $what"
		sleep 0.05
	done
}

# processes PID - it and its descendants
processes() {
	local child

	echo "$1"
	for child in $(cat "/proc/$1"/task/*/children 2>/dev/null); do
		processes "$child"
	done
}

# is_confined PID - has it a filter and no rights?
is_confined() {
	awk '/^Seccomp:/ { filter = $2 } /^NoNewPrivs:/ { none = $2 }
		/^Cap(Prm|Eff):/ { rights = rights $2 }
		END { exit filter != 2 || none != 1 || rights ~ /[^0]/ }' "/proc/$1/status"
}

# is_drained FD - whether the program at the other end of a pipe has read all
# that was written to it
is_drained() {
	python3 /dev/fd/5 <&"$1" 5<<-'EOF'
		import array, fcntl, sys, termios
		left = array.array("i", [0])
		fcntl.ioctl(0, termios.FIONREAD, left)
		sys.exit(left[0] != 0)
	EOF
}

# within MIB COMMAND... - must succeed, with less memory than that
within() {
	local mib=$1

	shift
	echo "+ $*" >&3
	python3 - "$mib" "$@" >&3 2>&1 <<-'EOF' || die "failed, or took too much memory: $*"
		import resource, subprocess, sys, time
		start = time.monotonic()
		status = subprocess.call(sys.argv[2:], stdin=subprocess.DEVNULL)
		kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
		print(kib, "KiB,", round(time.monotonic() - start, 1), "s")
		sys.exit(status or kib >= int(sys.argv[1]) << 10)
	EOF
}

# check_same FILE FILE WHAT - two files with the same bytes
check_same() {
	cmp "$1" "$2" >&3 || die "$3"
}

# check_text FILE TEXT - the lines of FILE are these
check_text() {
	diff -u "$1" <(printf '%s\n' "$2") >&3 || die "$1 is not as expected"
}

# names ARCHIVE - the names in it, sorted
names() {
	tar --quoting-style=escape -tf "$1" | sort
}

# ---- Images ----

# make_image TYPE IMAGE SIZE [OPTION...] - with an empty file system
make_image() {
	local type=$1 image=$2 size=$3

	shift 3
	rm -f "$image"
	truncate -s "$size" "$image" || die "cannot make $image"
	case $type in
	ext2 | ext3 | ext4)
		set -- mke2fs -q -F -t "$type" "$@" "$image"
		;;
	xfs)
		set -- mkfs.xfs -q "$@" "$image"
		;;
	btrfs)
		set -- mkfs.btrfs -q "$@" "$image"
		;;
	f2fs)
		set -- mkfs.f2fs -q -O extra_attr,inode_crtime "$@" "$image"
		;;
	vfat)
		set -- mkfs.vfat -F 32 "$@" "$image"
		;;
	exfat)
		set -- mkfs.exfat "$@" "$image"
		;;
	ntfs)
		set -- mkntfs -q -F -Q "$@" "$image"
		;;
	udf)
		set -- mkudffs -b 2048 --media-type=hd "$@" "$image"
		;;
	*)
		die "make_image: $type"
		;;
	esac
	need "$1"
	echo "+ $*" >&3
	"$@" >mkfs.log 2>&1 || {
		cat mkfs.log >&3
		die "cannot make $image"
	}
}

# make_odd [--dirty] TYPE IMAGE - fill it; the description is in IMAGE.json
make_odd() {
	local image=${!#}

	echo "+ oddtree $*" >&3
	"$programs/oddtree" "$@" >"$image.json" || die "cannot fill $image"
}

# check_odd [--gnu] IMAGE ARCHIVE - hold the archive against that description
check_odd() {
	local gnu=

	if [ "$1" = --gnu ]; then
		gnu=$1
		shift
	fi
	"$images/check-archive" $gnu "$1.json" "$2" >&3 ||
		die "$2 is not what is in $1"
}

# hold_image IMAGE - another program has it open for writing, until release_image
hold_image() {
	need qemu-io
	mkfifo commands
	qemu-io -f raw "$1" <commands >qemu-io.log &
	exec 5>commands
	echo 'read 0 512' >&5
	wait_for 60 qemu-io grep -q '512 bytes' qemu-io.log
}

release_image() {
	exec 5>&-
	wait
}

# digest IMAGE - of its bytes
digest() {
	"$images/digest" "$1" || die "cannot read $1"
}

# make_plain DIRECTORY
make_plain() {
	"$images/plain-tree.sh" "$1" || die "cannot make $1"
}

# check_plain ARCHIVE DIRECTORY - the archive is that directory, says GNU tar;
# lost+found may be there besides
check_plain() {
	local want got

	run_check tar --compare -f "$1" -C "$2" --exclude=./lost+found
	# That says nothing of what is missing.
	want=$(cd "$2" && find . -printf '\n' | wc -l)
	got=$(tar -tf "$1" --exclude=./lost+found | wc -l)
	[ "$want" -eq "$got" ] || die "$got members, not $want, in $1"
}

# check_damaged COUNT - run with as many damaged copies of the image "good"
check_damaged() {
	local seed before status failed=0 clean=0

	for seed in $(seq "$1"); do
		cp --sparse=always good image
		"$images/damage" "$seed" image >&3 || die "cannot damage"
		before=$(digest image)
		timeout -k 5 40 fs2tar --memory 64M image archive.tar \
			>/dev/null 2>stderr
		status=$?
		head -n 3 stderr | cut -c 1-200 >&3
		[ $status -ne 124 ] && [ $status -ne 137 ] ||
			die "seed $seed: does not end"
		check_no_crash $status "seed $seed"
		case $status in
		0)
			clean=$((clean + 1))
			tar -tf archive.tar >/dev/null 2>tar.err ||
				die "seed $seed: not an archive"
			;;
		1)
			failed=$((failed + 1))
			[ -s stderr ] || die "seed $seed: fails silently"
			;;
		*)
			die "seed $seed: exit status $status"
			;;
		esac
		[ "$(digest image)" = "$before" ] ||
			die "seed $seed: the image was changed"
		rm -f archive.tar image
	done
	echo "$clean went well, $failed failed" >&3
	# Or there was no damage to speak of, or nothing but.
	[ $failed -gt 5 ] && [ $clean -gt 5 ] || die "not much of a test"
}
