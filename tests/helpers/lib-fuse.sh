# SPDX-License-Identifier: GPL-2.0-only
#
# lib-fuse.sh - functions for the tests of lklfuse, which source it instead of
# lib.sh.
#
# The tests mount as the user that runs them: as root with mount(2), as a user
# through fusermount3, or, if neither works, as root of a user namespace.
# FUSE_TESTS_IN_NAMESPACE=1 selects the last way.
#
# FUSE_TESTS_IO_URING says where requests come from: yes, no, or auto, which is
# the default.

. "$top_srcdir/tests/helpers/lib.sh"
fuse=$top_builddir/tests/helpers/fuse

fuse_mounts=()

in_namespace() {
	[ -z "${FUSE_TESTS_NAMESPACE:-}" ] || return 0
	FUSE_TESTS_NAMESPACE=1 exec unshare -Urm "$0" "$@"
}

# fuse_begin - skip, and say why, where nothing can be mounted
fuse_begin() {
	command -v lklfuse >/dev/null || skip "lklfuse was not built"
	[ -e /dev/fuse ] || skip "no FUSE: there is no /dev/fuse"
	(: <>/dev/fuse) 2>/dev/null ||
		skip "no FUSE: /dev/fuse is not for user $(id -un): $(ls -l /dev/fuse)"
	mkdir probe || die "cannot make a directory"
	if [ -n "${FUSE_TESTS_NAMESPACE:-}" ]; then
		"$fuse/can-mount" probe >reason ||
			skip "no FUSE in a user namespace: $(cat reason)"
	elif [ -n "${FUSE_TESTS_IN_NAMESPACE:-}" ] ||
			! "$fuse/can-mount" probe >reason; then
		unshare -Urm true 2>/dev/null ||
			skip "no FUSE and no user namespaces: $(tail -n 1 reason)"
		rmdir probe
		in_namespace
	fi
	rmdir probe
	rm -f reason
	trap fuse_end EXIT
}

# The host's root: may have other users, and loop mounts.
is_real_root() {
	is_root && [ "$(awk '{ print $3 }' /proc/self/uid_map)" -gt 1000000 ]
}

# fuse_pids IMAGE - of the daemon, but for its guardian
fuse_pids() {
	local pid

	for pid in $(pgrep -f -- "lklfuse.* $PWD/$1( |\$)"); do
		case $(cat "/proc/$pid/comm" 2>/dev/null) in
		lklfuse | mount.fuse.*) echo "$pid" ;;
		esac
	done
}

# Leave no mount and no daemon behind, whatever happened.
fuse_end() {
	local status=$? image pid tries

	for image in "${fuse_mounts[@]}"; do
		for pid in $(fuse_pids "$image"); do
			kill -KILL "$pid" 2>/dev/null
			# Its mount goes with it, or is taken away below.
			for tries in {1..100}; do
				[ -e "/proc/$pid/exe" ] || break
				sleep 0.05
			done
		done
	done
	for dir in $(awk -v here="$PWD/" 'index($5, here) == 1 { print $5 }' \
			/proc/self/mountinfo); do
		umount -l "$dir" 2>/dev/null || fusermount3 -uz "$dir"
	done
	# Of lib-root.sh, if that is used as well.
	! declare -F clean_up >/dev/null || clean_up
	exit $status
}

# is_mounted DIR - with FUSE, as the host's kernel sees it
is_mounted() {
	awk -v dir="$PWD/$1" '$5 == dir && / - fuse/ { found = 1 }
		END { exit !found }' /proc/self/mountinfo
}

# fuse_mount IMAGE DIR [OPTION...] - it is mounted when this returns
fuse_mount() {
	local image=$1 dir=$2

	shift 2
	mkdir -p "$dir"
	fuse_mounts+=("$image")
	run_check lklfuse -o "io_uring=${FUSE_TESTS_IO_URING:-auto}" "$@" \
		"$PWD/$image" "$PWD/$dir"
	is_mounted "$dir" || die "exit status 0, but $dir is not mounted"
}

has_ended() {
	[ -z "$(fuse_pids "$1")" ]
}

is_unmounted() {
	! is_mounted "$1"
}

# fuse_unmount IMAGE DIR - the way users do it, and wait for the daemon, which
# has to end by itself
fuse_unmount() {
	if is_root; then
		run_check umount "$PWD/$2"
	else
		run_check fusermount3 -u "$PWD/$2"
	fi
	wait_for 150 "the daemon of $1 to end" has_ended "$1"
	is_unmounted "$2" || die "$2 is still mounted"
}

# check_clean TYPE IMAGE - says the file system's own checker
check_clean() {
	case $1 in
	ext4)
		run_check e2fsck -fn "$2" >&3
		! grep -q 'recovering journal' stderr ||
			die "$2 was not unmounted"
		! dumpe2fs -h "$2" 2>/dev/null | grep -q needs_recovery ||
			die "$2 was not unmounted: its journal is not empty"
		;;
	xfs)
		run_check xfs_repair -n "$2" >&3
		;;
	btrfs)
		run_check btrfs check --readonly "$2" >&3
		;;
	esac
}

# make_fuse_image TYPE IMAGE [SIZE] - whose root belongs to us
make_fuse_image() {
	case $1 in
	ext4)
		make_image ext4 "$2" "${3:-512M}" -b 4096 -I 256 \
			-E "root_owner=$(id -u):$(id -g)"
		;;
	xfs)
		make_image xfs "$2" "${3:-512M}"
		;;
	btrfs)
		make_image btrfs "$2" "${3:-512M}"
		;;
	esac
	own_root "$1" "$2"
}

# own_root TYPE IMAGE - mkfs.xfs and mkfs.btrfs give the root to root
own_root() {
	[ "$1" != ext4 ] || return 0
	[ "$(id -u)" -ne 0 ] || return 0
	echo "+ give-root $1 $2" >&3
	"$programs/give-root" "$1" "$2" "$(id -u)" "$(id -g)" >&3 ||
		die "cannot give the root of $2 to us"
}

# ---- What a file system does, compared with the host's own ----


# semantics NAME DIR - the lines of one program
semantics() {
	mkdir "$2/semantics-$1" || return 1
	"$fuse/$1" "$2/semantics-$1" || return 1
	rmdir "$2/semantics-$1"
}

# Drop what begins with the name of a line "NAME: EOPNOTSUPP" of either FILE:
# one of the file systems does not have it.
drop_unsupported() {
	sed -n 's/: EOPNOTSUPP$//p' "$1" >unsupported
	awk 'NR == FNR { names[$0]; next }
		{ for (n in names) if (index($0, n ":") == 1) next; print }' \
		unsupported "$2"
}

# check_semantics NAME DIR - NAME prints in DIR what it prints outside of it
check_semantics() {
	local name=$1 line

	semantics "$name" . >"$name.host" ||
		die "$name fails on the host: $(tail -n 1 "$name.host")"
	echo "+ $name" >&3
	semantics "$name" "$2" >"$name.fuse" || {
		tail -n 3 "$name.fuse" >&3
		die "$name fails"
	}
	[ "$(wc -l <"$name.host")" -gt 10 ] || die "$name: not much of a test"
	drop_unsupported "$name.host" "$name.host" >want
	drop_unsupported "$name.host" "$name.fuse" >got
	diff -u want got >&3 || die "$name: not as on the host's file system"
}

check_all_semantics() {
	local name

	for name in names data attributes locks mappings directories beside \
			corners; do
		check_semantics "$name" "$1"
	done
}
