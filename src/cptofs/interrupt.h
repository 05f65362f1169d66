/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * interrupt.h - the user wants an end.
 *
 * What is under way is finished and the image unmounted, and only then the
 * program ends as the signal would have ended it.
 */
#ifndef CP_INTERRUPT_H
#define CP_INTERRUPT_H

/* Notice SIGINT, SIGTERM and SIGHUP from now on, if they are not ignored. */
void interrupt_init(void);

/* The first one that came, or 0. */
int interrupt_signal(void);

/* End by it; returns if there was none. */
void interrupt_end(void);

#endif /* CP_INTERRUPT_H */
