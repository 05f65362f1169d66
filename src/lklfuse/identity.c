// SPDX-License-Identifier: GPL-2.0-only
/*
 * identity.c - on whose behalf the calling thread's task acts.
 */
#include "identity.h"

#include <lkl.h>
#include <lkl/linux/capability.h>
#include <lkl/linux/prctl.h>
#include <lkl/linux/sched.h>
#include <lkl/linux/securebits.h>

#define BIT(cap)	(1ull << (cap))
#define ALL_CAPS	((BIT(LKL_CAP_LAST_CAP) << 1) - 1)

/* What the host cannot check. */
#define ROOT_ONLY	(BIT(LKL_CAP_SYS_RESOURCE) | \
			 BIT(LKL_CAP_SYS_ADMIN) | \
			 BIT(LKL_CAP_LINUX_IMMUTABLE))

/* What it has, where it matters. */
#define CHECKED		(BIT(LKL_CAP_DAC_OVERRIDE) | \
			 BIT(LKL_CAP_DAC_READ_SEARCH) | BIT(LKL_CAP_FOWNER))

/* The state of the thread's task. */
static __thread uint32_t now_uid, now_gid;
static __thread uint64_t now_caps;
static __thread unsigned int now_umask;

static int set_effective(uint64_t caps)
{
	struct lkl___user_cap_header_struct header = {
		.version = LKL__LINUX_CAPABILITY_VERSION_3,
	};
	struct lkl___user_cap_data_struct data[2] = {
		{ (uint32_t)caps, (uint32_t)ALL_CAPS, 0 },
		{ (uint32_t)(caps >> 32), (uint32_t)(ALL_CAPS >> 32), 0 },
	};
	long ret = lkl_sys_capset(&header, data);

	if (ret < 0)
		return (int)ret;
	now_caps = caps;
	return 0;
}

int identity_init(void)
{
	/* Changing the user is to leave capabilities alone. */
	long ret = lkl_sys_prctl(LKL_PR_SET_SECUREBITS,
				 LKL_SECBIT_NO_SETUID_FIXUP, 0, 0, 0);

	/* The mask of modes is part of what is shared otherwise. */
	if (!ret)
		ret = lkl_sys_unshare(LKL_CLONE_FS);
	if (!ret)
		ret = lkl_sys_umask(0);
	if (ret < 0)
		return (int)ret;
	now_umask = 0;
	now_uid = now_gid = 0;
	return set_effective(ALL_CAPS);
}

static int become(uint32_t uid, uint32_t gid, uint64_t caps)
{
	/* These return what was before, not whether they worked. */
	if (uid != now_uid) {
		lkl_sys_setfsuid(uid);
		if (lkl_sys_setfsuid((lkl_uid_t)-1) != (long)uid)
			return -LKL_EINVAL;
		now_uid = uid;
	}
	if (gid != now_gid) {
		lkl_sys_setfsgid(gid);
		if (lkl_sys_setfsgid((lkl_gid_t)-1) != (long)gid)
			return -LKL_EINVAL;
		now_gid = gid;
	}
	return caps != now_caps ? set_effective(caps) : 0;
}

int identity_become(const struct identity *identity)
{
	uint64_t caps = ALL_CAPS;

	if (identity->uid)
		caps = identity->unchecked ? 0 : caps & ~ROOT_ONLY;
	if (identity->kill_suid)
		caps &= ~BIT(LKL_CAP_FSETID);
	return become(identity->uid, identity->gid, caps);
}

int identity_become_root(void)
{
	return become(0, 0, ALL_CAPS);
}

int identity_become_any(void)
{
	return ~now_caps & CHECKED ? identity_become_root() : 0;
}

int identity_set_groups(const uint32_t *groups, size_t n)
{
	return (int)lkl_sys_setgroups((int)n, (lkl_gid_t *)groups);
}

void identity_umask(unsigned int mask)
{
	if (mask == now_umask)
		return;
	lkl_sys_umask((int)mask);
	now_umask = mask;
}
