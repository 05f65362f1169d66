#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-archive.sh - the program that compares archives for these tests finds
# differences.

. "$top_srcdir/tests/helpers/lib.sh"

make_image ext4 image 64M -b 4096
make_odd ext4 image
run_check fs2tar -q image archive.tar
check_odd image archive.tar

# differs SED-SCRIPT - a description changed like this is not the archive's
differs() {
	sed "$1" image.json >changed.json
	! cmp -s image.json changed.json || die "sed $1 changes nothing"
	! "$images/check-archive" changed.json archive.tar ||
		die "not noticed: sed $1"
}

differs '/"sizes\/4097"/s/"mode": 33188/"mode": 33189/'
differs '/"sizes\/4097"/s/"uid": 1/"uid": 2/'
differs '/"sizes\/4097"/s/"size": 4097/"size": 4096/'
differs '/"sizes\/4097"/s/\[0, 4097, /&1/'
differs '/"sizes\/4097"/d'
differs '/"sizes\/4097"/s/4097"/4098"/'
differs '/"times\/0.1"/s/\[0, 1\]/[0, 2]/'
differs '/"links\/second"/s/links\/first"/sizes\/1"/'
differs '/"links\/dangling"/s/no\/such/no\/other/'
differs '/"special\/block"/s/259/258/'
differs '/"special\/fifo"/s/"mode": 4/"mode": 8/'
differs '/"xattrs\/all"/s/user.text": "value/user.text": "volue/'
differs '/"xattrs\/all"/s/user.empty/user.full/'
differs '/"acls\/file"/s/mask::r--/mask::rw-/'
differs '/"acls\/dir"/s/"default_acl"/"other"/'
differs '/"sparse\/hole-last"/s/\[0, 70000, /[0, 700, /'
differs '/"special\/socket"/s/"skipped": true/"skipped": false/'
