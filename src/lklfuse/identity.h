/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * identity.h - the credentials that a thread uses inside the kernel.
 *
 * Each host thread has a task inside, and each task its own credentials.  They
 * change only when a request comes from another user than the last one.
 *
 * A caller that is not root gets the capabilities for the checks that the host
 * has done already (see filesystem.h).  It does not get those for checks that
 * the host cannot do: the use of reserved blocks, exceeding quotas, and
 * administration of the file system.  For a request that the host has not
 * checked at all, it gets no capabilities, but its supplementary groups count.
 */
#ifndef LKLFUSE_IDENTITY_H
#define LKLFUSE_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct identity {
	uint32_t uid, gid;	/* in the image */
	bool kill_suid;		/* writing clears setuid and setgid bits */
	bool unchecked;		/* the host has not checked the request */
};

/* Each of these returns 0 or -errno. */

/* identity_init - to be called once in each thread, before the others */
int identity_init(void);

/*
 * identity_become - act as the caller
 *
 * For requests that make files or write: the caller owns the files and uses
 * its quota.
 */
int identity_become(const struct identity *identity);

/* identity_become_root - for requests that make nothing a user owns */
int identity_become_root(void);

/*
 * identity_become_any - like identity_become_root(), but keep the current user
 * if its capabilities are enough
 */
int identity_become_any(void);

/*
 * identity_set_groups - set the supplementary groups
 *
 * The thread must be root, and must not act for another caller later.
 */
int identity_set_groups(const uint32_t *groups, size_t n);

/* identity_umask - set the thread's umask */
void identity_umask(unsigned int mask);

#endif /* LKLFUSE_IDENTITY_H */
