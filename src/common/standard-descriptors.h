/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * standard-descriptors.h - keeps files off the numbers 0, 1 and 2.
 */
#ifndef TOOLS_STANDARD_DESCRIPTORS_H
#define TOOLS_STANDARD_DESCRIPTORS_H

/*
 * standard_descriptors_fill - occupy those of descriptors 0 to 2 that are closed
 *
 * Otherwise the image could become standard output, and messages would be
 * written into it.  Each main() calls this first.  Using such a descriptor
 * still fails, as it would if it were closed.  Exits if it cannot be done.
 */
void standard_descriptors_fill(void);

#endif /* TOOLS_STANDARD_DESCRIPTORS_H */
