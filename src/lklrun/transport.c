// SPDX-License-Identifier: GPL-2.0-only
/*
 * transport.c - which transport is used.
 */
#include "transport.h"

static const struct transport *used;

void transport_use(const struct transport *which)
{
	used = which;
}

const struct transport *transport(void)
{
	return used;
}
