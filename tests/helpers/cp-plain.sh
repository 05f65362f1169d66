# SPDX-License-Identifier: GPL-2.0-only
#
# cp-plain.sh - the body of tools/cp-plain-*.sh, which source it.

# Sparse files grow by a block or two at most.
check_sparse() {
	local a b

	a=$(stat -c %b "$1")
	b=$(stat -c %b "$2")
	[ "$b" -le $((a + 64)) ] || die "$2 has $b blocks, not $a"
}

cp_plain() {
	need getfattr getfacl
	make_plain tree
	truncate -s 4G huge
	printf x >>huge
	make_image "$1" image 512M
	run_check cptofs -i image tree huge /
	[ ! -s stderr ] || die "is not silent"
	check_clean "$1" image
	mkdir out
	run_check cpfromfs -i image /tree /huge out
	[ ! -s stderr ] || die "is not silent"
	check_tree tree out/tree
	check_sparse tree/sparse out/tree/sparse
	check_sparse huge out/huge
	[ "$(tail -c 1 out/huge)" = x ] ||
		die "the one byte behind 2^32 is not there"

	# The image has it all, says another program.
	run_check fs2tar -C tree image archive.tar
	run_check tar --compare -f archive.tar -C tree

	# Once more over what is there: the same again, nothing left behind.
	run_check cptofs -i image -T tree /tree
	check_clean "$1" image
	rm -rf out
	run_check cpfromfs -i image /tree/. out --mkdir -T
	check_tree tree out
}
