#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-plain-btrfs.sh - a tree goes into btrfs and comes out as it was: data, holes,
# links, owners, permissions, attributes, ACLs and times.

. "$top_srcdir/tests/helpers/lib-cp.sh"
. "$top_srcdir/tests/helpers/cp-plain.sh"
cp_plain btrfs
