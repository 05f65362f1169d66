#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# selection.sh - -C, --include and --exclude choose the files of an archive.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs

mkdir -p tree/etc/conf.d tree/home/user/.cache tree/var/log tree/var/cache
touch tree/etc/passwd tree/etc/conf.d/one.conf tree/etc/conf.d/two.conf \
	tree/home/user/notes.txt tree/home/user/.cache/big \
	tree/var/log/a.log tree/var/log/b.log tree/var/cache/item \
	'tree/home/user/*' 'tree/home/user/[x]'
ln tree/etc/passwd tree/home/user/passwd-link
ln -s ../../etc tree/home/user/etc-link
ln -s /var tree/absolute
make_image ext4 image 64M -d tree

# gives NAMES OPTION... - the archive made with these has these names
gives() {
	local want=$1

	shift
	run_check fs2tar "$@" image out.tar
	names out.tar >got
	check_text got "$(printf '%s\n' $want | sort)"
}

gives './ ./conf.d/ ./conf.d/one.conf ./conf.d/two.conf ./passwd' -C etc
gives './ ./conf.d/ ./conf.d/one.conf ./conf.d/two.conf ./passwd' \
	--directory=/etc
gives './ ./one.conf ./two.conf' -C etc/conf.d/
# Links in the image lead to what is in the image.
gives './ ./cache/ ./cache/item ./log/ ./log/a.log ./log/b.log' -C absolute
gives './ ./conf.d/ ./conf.d/one.conf ./conf.d/two.conf ./passwd' \
	-C home/user/etc-link
gives './ ./log/ ./log/a.log ./log/b.log' -C var --exclude cache
gives './ ./cache/ ./cache/item ./log/ ./log/b.log' -C var --exclude 'a.*'
gives './ ./cache/ ./log/ ./log/b.log' -C var --exclude '*a.log' \
	--exclude=item
gives './' -C var --exclude '*'
gives './ ./etc/ ./etc/conf.d/ ./etc/conf.d/one.conf ./etc/conf.d/two.conf' \
	--include 'etc/conf.d'
gives './ ./var/ ./var/log/ ./var/log/a.log ./var/log/b.log' \
	--include='*.log'
gives './ ./var/ ./var/log/ ./var/log/b.log' --include '*.log' \
	--exclude 'a.log'
run_mustfail 1 'none' fs2tar -C none image out2.tar
run_mustfail 1 'etc/passwd' fs2tar -C etc/passwd image out2.tar
# Not out of the image.
gives './ ./conf.d/ ./conf.d/one.conf ./conf.d/two.conf ./passwd' \
	-C /../../../../../etc
run_check fs2tar image all.tar
names all.tar >want
run_check fs2tar -C ../../../../../.. image out.tar
names out.tar >got
check_same want got "-C .. leaves the image"
[ ! -e out2.tar ] || die "a failure left an archive"

# The name of a file whose first name is not taken is a file.
run_check fs2tar -C home image out.tar
tar -tvf out.tar | grep -q '^-.*passwd-link$' ||
	die "a link to what is not in the archive"
