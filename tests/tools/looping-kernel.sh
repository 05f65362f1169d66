#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# looping-kernel.sh - each tool ends soon after SIGTERM, or a second SIGINT,
# though the kernel inside loops for ever.  It says so, leaves a sound image, and
# no output that could be taken for whole.
#
# timeout: 200

. "$top_srcdir/tests/helpers/lib-cp.sh"
. "$top_srcdir/tests/helpers/lib-loop.sh"
is_sanitized && skip "a sanitizer takes the loop for its own"

# In Linux 7.3 the compiler makes the first one a part of the second.
reads_data='ext4_mpage_readpages|ext4_readahead'

# end_loop FUNCTION SIGNALS SECONDS STATUS COMMAND... - the tool has to end
end_loop() {
	local pid sent status signal

	echo "+ ${*:5}: SIG${2// / SIG} in $1" >&3
	env --default-signal=INT,TERM $(loop_in "$1") "${@:5}" \
		>stdout 2>stderr </dev/null &
	pid=$!
	wait_for 60 'the loop' uses_processor $pid
	sent=$SECONDS
	for signal in $2; do
		kill -$signal $pid
		sleep 1.2	# several at once would count as one
	done
	wait $pid
	status=$?
	sed 's/^/  /' stderr >&3
	[ $status -eq $4 ] || die "exit status $status"
	[ $((SECONDS - sent)) -le $3 ] || die "took $((SECONDS - sent)) seconds"
	[ "$(wc -l <stderr)" -eq 1 ] && grep -q interrupted stderr ||
		die "does not say it in one line"
}

mkdir tree
for f in {1..200}; do
	echo $f >tree/$f
done
head -c 60000 /dev/urandom >tree/file
make_image ext4 image 64M -d tree
before=$(digest image)

end_loop "$reads_data" TERM 4 143 fs2tar image out.tar
[ ! -e out.tar ] || die "there is an archive"
end_loop "$reads_data" TERM 10 143 cpfromfs -i image /file .
[ ! -e file ] || die "there is a part of a file"
end_loop "$reads_data" 'INT INT' 5 130 cpfromfs -i image /file .
[ ! -e file ] || die "there is a part of a file"
# In an interrupt, which cannot be interrupted.
end_loop vring_interrupt TERM 10 143 cpfromfs -i image /file .
[ "$(digest image)" = "$before" ] || die "the image was changed"

end_loop ext4_find_dest_de TERM 10 143 cptofs -i image tree /new
run_mayfail e2fsck -fp image
end_loop ext4_find_dest_de 'INT INT' 5 130 cptofs -i image tree /new
run_mayfail e2fsck -fp image
# While it unmounts.
end_loop generic_shutdown_super TERM 10 143 cptofs -i image tree /new
run_mayfail e2fsck -fp image
check_clean ext4 image
