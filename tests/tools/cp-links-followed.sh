#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-links-followed.sh - with -L, a link back to a directory above it is an
# error, and any number of links may lead to one directory.

. "$top_srcdir/tests/helpers/lib.sh"
need mkfs.ext4

mkdir -p loop/sub many/target
ln -s .. loop/sub/up
ln -s . loop/self
echo text >loop/sub/file
seq 10 >many/target/file
for i in $(seq 100); do
	ln -s target "many/link$i"
done
cp -rL many many.want
mkdir -p loop.want/sub
echo text >loop.want/sub/file

make_image ext4 image 16M
run_mustfail 1 'loop/sub/up: link leads to a directory that it is in' \
	cptofs -L -i image loop /
grep -q 'loop/self: link leads' stderr || die "the other link is not reported"
run_check cptofs -L -i image many /
run_check cpfromfs -i image /loop loop.out
diff -r loop.want loop.out >&3 || die "loop: not the same files"
run_check cpfromfs -i image /many many.out
diff -r many.want many.out >&3 || die "many: not the same files"

# Links out of the source: to files, to directories, and to other links.
mkdir -p outside/files outside/sub outside/more from/sub
echo one >outside/files/one
echo two >outside/more/two
echo beside >outside/files/beside
ln -s "$PWD/outside/files/one" from/absolute
ln -s ../../outside/files/one from/sub/relative
ln -s ../outside/sub from/directory
ln -s ../more outside/sub/onward
ln -s two outside/more/again
ln -s absolute from/chain
ln -s nowhere from/dangling
cp -rL from from.want 2>/dev/null
run_mustfail 1 'from/dangling: cannot' cptofs -L -i image from /
rm from/dangling
run_check cpfromfs -i image /from from.out
diff -r from.want from.out >&3 || die "from: not the same files"
run_check cptofs -L -i image from/absolute from/directory/onward \
	--mkdir /operands
run_check cpfromfs -i image /operands operands
[ "$(cat operands/absolute operands/onward/two operands/onward/again)" = \
	$'one\ntwo\ntwo' ] || die "operands that are links: $(ls -lR operands)"

# A link to a pipe is a file of what the pipe holds, as with cp; a fifo stays one.
mkfifo fifo
ln -s fifo to-fifo
seq 200000 >numbers
cat numbers | run_check cptofs -L -i image /dev/stdin /piped
run_check cptofs -H -i image <(cat numbers) /process
run_check cptofs -L -i image to-fifo fifo --mkdir /fifos
run_check lklfs stat -c '%n %F' image /piped /process /fifos/fifo /fifos/to-fifo \
	>got
check_text got "/piped regular file
/process regular file
/fifos/fifo fifo
/fifos/to-fifo fifo"
for name in piped process; do
	run_check lklfs cat image $name >got
	check_same numbers got "$name: not what was in the pipe"
done
echo short | run_check cptofs -L --sparse=always -i image /dev/stdin /piped
run_check lklfs cat image piped >got
check_text got short

# The same on the way out.
run_check cptofs -i image loop many --mkdir /links/
rm -rf ./*.out
run_mustfail 1 '/links/loop/sub/up: link leads to a directory that it is in' \
	cpfromfs -L -i image /links/loop loop.out
diff -r loop.want loop.out >&3 || die "out, loop: not the same files"
run_check cpfromfs -L -i image /links/many many.out
diff -r many.want many.out >&3 || die "out, many: not the same files"
