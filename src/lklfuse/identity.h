/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * identity.h - on whose behalf the calling thread's task acts.
 *
 * Each host thread has a task of its own inside, with credentials of its
 * own; the last ones are remembered, so that nothing is called while one
 * user's requests follow each other.
 *
 * A caller who is not root has all capabilities that the host has checked
 * already (see filesystem.h), and lacks those that the host cannot check for
 * us: to use reserved blocks and to exceed quotas, and to administer the
 * file system.  Where it has not checked anything, such a caller has none, and
 * the supplementary groups that it has there, which requests do not tell.
 */
#ifndef LKLFUSE_IDENTITY_H
#define LKLFUSE_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct identity {
	uint32_t uid, gid;	/* in the image */
	bool kill_suid;		/* writing removes setuid and setgid bits */
	bool unchecked;		/* the host has checked nothing */
};

/* To be called once in each thread that uses the others: 0 or -errno. */
int identity_init(void);

/* For what makes files, or writes: owner, quota, reserved blocks. */
int identity_become(const struct identity *identity);

/* For what the host has checked and nobody owns. */
int identity_become_root(void);

/* ... and what anybody may do who has passed such checks: most often nothing
 * is called. */
int identity_become_any(void);

/*
 * Supplementary groups: for threads that have no others to act for later; while
 * root.  They count where the host has checked nothing.
 */
int identity_set_groups(const uint32_t *groups, size_t n);

/* The mask of modes; the thread's own. */
void identity_umask(unsigned int mask);

#endif /* LKLFUSE_IDENTITY_H */
