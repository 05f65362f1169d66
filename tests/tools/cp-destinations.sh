#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-destinations.sh - cpfromfs writes to all kinds of destinations from inside
# its sandbox, as cp would: existing ones, links, pipes, missing directories.

. "$top_srcdir/tests/helpers/lib.sh"
need mkfs.ext4

mkdir -p tree/sub
seq 1000 >tree/sub/file
ln -s sub/file tree/link
make_image ext4 image 16M
run_check cptofs -i image tree /

# A directory that exists, under its own name and by -T.
mkdir existing
run_check cpfromfs -i image /tree existing
diff -r tree existing/tree >&3 || die "existing: not the same files"
run_check cpfromfs -T -i image /tree/sub existing/tree
cmp tree/sub/file existing/tree/file || die "-T: not in the directory itself"
run_mustfail 1 'cannot overwrite directory' \
	cpfromfs -T -i image /tree/sub/file existing
run_check cpfromfs -i image /tree/sub/file /tree/link existing/
cmp tree/sub/file existing/file || die "two sources: not the same file"

# -T replaces a link to a directory by a file, and not by a directory.
ln -s existing to-directory
run_mustfail 1 'cannot overwrite non-directory' \
	cpfromfs -T -i image /tree to-directory
run_check cpfromfs -i image /tree/sub to-directory
cmp tree/sub/file existing/sub/file || die "not in the link's directory"
run_check cpfromfs -T -i image /tree/sub/file to-directory
[ ! -L to-directory ] && cmp tree/sub/file to-directory ||
	die "-T did not replace a link"

# A link to a file elsewhere.
mkdir elsewhere here
echo old >elsewhere/file
ln -s ../elsewhere/file here/to-file
run_check cpfromfs -i image /tree/sub/file here/to-file
cmp tree/sub/file elsewhere/file || die "the link was not followed"
[ -L here/to-file ] || die "the link was replaced"

# An existing file: written, or removed first.
echo old >here/old
ln here/old here/old2
run_check cpfromfs -i image --remove-destination /tree/sub/file here/old
cmp tree/sub/file here/old || die "not overwritten"
[ "$(cat here/old2)" = old ] || die "the other name was overwritten"

# One with two names, one that is not writable, and one that becomes a link.
echo old >here/old
ln -f here/old here/old2
run_check cpfromfs -i image /tree/sub/file here/old
cmp tree/sub/file here/old || die "two names: not replaced"
[ "$(cat here/old2)" = old ] || die "the other name was overwritten, too"
echo old >here/locked
chmod 400 here/locked
run_check cpfromfs -i image -f /tree/sub/file here/locked
cmp tree/sub/file here/locked || die "-f: not replaced"
run_check cpfromfs -i image /tree/link here/old2
[ "$(readlink here/old2)" = sub/file ] || die "not replaced by a link"
run_check cpfromfs -i image --remove-destination /tree/sub/file here/to-file
[ ! -L here/to-file ] && cmp tree/sub/file here/to-file ||
	die "--remove-destination did not replace a link"
[ -z "$(find here -name '.cpfromfs-*')" ] || die "a staging directory is left"
ln -s ../elsewhere/file here/to-file -f

# A link that leads nowhere is neither followed nor replaced by data.
ln -s nowhere here/dangling
run_mustfail 1 'not written through a dangling symbolic link' \
	cpfromfs -i image /tree/sub/file here/dangling
[ "$(readlink here/dangling)" = nowhere ] || die "the dangling link is gone"
[ ! -e here/nowhere ] || die "written through a dangling link"
run_check cpfromfs -i image /tree/link here/dangling
[ "$(readlink here/dangling)" = sub/file ] || die "not replaced by a link"
ln -sf nowhere here/dangling
run_check cpfromfs -i image --remove-destination /tree/sub/file here/dangling
[ ! -L here/dangling ] && cmp tree/sub/file here/dangling ||
	die "--remove-destination did not replace a dangling link"

# Standard output, as a pipe and as a file, and a named pipe.
cpfromfs -i image /tree/sub/file /dev/stdout | cmp - tree/sub/file ||
	die "/dev/stdout is not a pipe to it"
run_check cpfromfs -i image /tree/sub/file /dev/stdout >elsewhere/out
cmp tree/sub/file elsewhere/out || die "/dev/stdout is not the file"
mkfifo here/pipe
cat here/pipe >piped &
run_check cpfromfs -i image /tree/sub/file here/pipe
wait
cmp tree/sub/file piped || die "nothing came through the pipe"

# Names in the current directory, in its parent, from the root.
run_check cpfromfs -i image /tree/sub/file plain
cmp tree/sub/file plain || die "plain name"
cd here || die "cd"
run_check cpfromfs -i ../image /tree/sub/file ../up
cmp ../tree/sub/file ../up || die "../up"
run_check cpfromfs -i ../image /tree/sub/file ..
cmp ../tree/sub/file ../file || die ".."
run_check cpfromfs -i ../image /tree/sub/file .
cmp ../tree/sub/file file || die "."
cd .. || die "cd"
run_check cpfromfs -i image /tree/sub/file "$PWD/absolute"
cmp tree/sub/file absolute || die "absolute name"

# Directories that are missing.
run_check cpfromfs -i image --mkdir /tree missing/a/b
diff -r tree missing/a/b >&3 || die "--mkdir: not the same files"
run_check cpfromfs -i image --mkdir /tree/sub/file /tree/link existing/more/
cmp tree/sub/file existing/more/file || die "--mkdir with two sources"
run_mustfail 1 'cannot open directory' \
	cpfromfs -i image /tree none/x
# The directory that is missing is named, not one above that cannot be changed.
mkdir closed
chmod 555 closed
run_mustfail 1 'cannot open directory closed/none/: No such file or directory' \
	cpfromfs -i image /tree closed/none/x
if [ ! -w closed ]; then
	run_mustfail 1 'closed/: cannot make a temporary directory: Permission denied' \
		cpfromfs -i image --mkdir /tree closed/none/x
fi
run_mustfail 1 'cannot open directory file/: Not a directory' \
	cpfromfs -i image /tree file/x
run_check cpfromfs -v -i image --dry-run --mkdir /tree/sub/file q/r >list
grep -qx '/tree/sub/file -> q/r' list || die "--dry-run: $(cat list)"
[ ! -e q ] || die "--dry-run made a directory"
