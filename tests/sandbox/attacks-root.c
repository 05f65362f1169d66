// SPDX-License-Identifier: GPL-2.0-only
/*
 * attacks-root.c - the tests of attacks.c as root, who has devices and mounts.
 *
 * needs: root
 */
#include "attacks.c"
