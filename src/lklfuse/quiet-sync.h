/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * quiet-sync.h - writing changes to the image when a mount becomes quiet.
 *
 * FUSE does not pass sync(2) and syncfs(2) on to the daemon: the host only
 * hands over its cached data.  The kernel inside would keep it in memory for
 * up to 30 seconds.  So a thread calls syncfs() inside, a second after the
 * last change.  Under load it does nothing: then the kernel inside writes
 * back by its own rules.
 */
#ifndef LKLFUSE_QUIET_SYNC_H
#define LKLFUSE_QUIET_SYNC_H

#include <stdint.h>

#include <lkl.h>

struct filesystem;

/*
 * quiet_sync_start - start the thread
 * @fs: borrowed until quiet_sync_stop()
 */
int quiet_sync_start(const struct filesystem *fs, struct lkl_error *err);

/* quiet_sync_stop - end the thread; nothing if there is none */
void quiet_sync_stop(void);

/* quiet_sync_note - a request with this FUSE opcode was answered */
void quiet_sync_note(uint32_t opcode);

#endif /* LKLFUSE_QUIET_SYNC_H */
