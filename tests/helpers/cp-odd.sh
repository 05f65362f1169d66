# SPDX-License-Identifier: GPL-2.0-only
#
# cp-odd.sh - the body of tools/cp-odd-*.sh, which source it.

# cp_odd TYPE
cp_odd() {
	make_image "$1" odd 512M
	make_odd "$1" odd
	run_check fs2tar -q odd archive.tar
	make_image "$1" copy 512M
	run_check cptofs -i copy --tar archive.tar /
	check_clean "$1" copy
	run_check fs2tar -q --exclude ./lost+found copy again.tar
	mv odd.json copy.json
	check_odd_unpacked copy again.tar

	# The same through a pipe, compressed, into a directory below others.
	make_image "$1" third 512M
	gzip -c archive.tar | run_check cptofs -i third --tar - --mkdir /a/b
	check_clean "$1" third
	run_check fs2tar -q -C a/b third third.tar
	mv copy.json third.json
	check_odd_unpacked third third.tar
}
