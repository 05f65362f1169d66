// SPDX-License-Identifier: GPL-2.0-only
/*
 * resolve.c - where a path of the program leads: into the image, or to the host.
 */
#include "resolve.h"
