// SPDX-License-Identifier: GPL-2.0-only
/* identity.c - the credentials that a thread uses inside the kernel. */
#include "identity.h"

#include <lkl.h>
#include <lkl/linux/capability.h>
#include <lkl/linux/prctl.h>
#include <lkl/linux/sched.h>
#include <lkl/linux/securebits.h>

#define BIT(cap)	(1ull << (cap))
#define ALL_CAPS	((BIT(LKL_CAP_LAST_CAP) << 1) - 1)

/* For checks that the host cannot do. */
#define CAPS_OF_ROOT_ONLY	(BIT(LKL_CAP_SYS_RESOURCE) | \
			 BIT(LKL_CAP_SYS_ADMIN) | \
			 BIT(LKL_CAP_LINUX_IMMUTABLE))

/* For checks that the host has done. */
#define CAPS_FOR_CHECKED_ACCESS		(BIT(LKL_CAP_DAC_OVERRIDE) | \
			 BIT(LKL_CAP_DAC_READ_SEARCH) | BIT(LKL_CAP_FOWNER))

/* The credentials of the thread's task. */
static __thread uint32_t current_uid, current_gid;
static __thread uint64_t current_caps;
static __thread unsigned int current_umask;

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
	current_caps = caps;
	return 0;
}

int identity_init(void)
{
	/* A change of user must not change capabilities. */
	long ret = lkl_sys_prctl(LKL_PR_SET_SECUREBITS,
				 LKL_SECBIT_NO_SETUID_FIXUP, 0, 0, 0);

	/*
	 * Otherwise all threads would share the umask and the current directory.
	 */
	if (!ret)
		ret = lkl_sys_unshare(LKL_CLONE_FS);
	if (!ret)
		ret = lkl_sys_umask(0);
	if (ret < 0)
		return (int)ret;
	current_umask = 0;
	current_uid = current_gid = 0;
	return set_effective(ALL_CAPS);
}

static int set_credentials(uint32_t uid, uint32_t gid, uint64_t caps)
{
	/* setfsuid() and setfsgid() return the old id, and no error. */
	if (uid != current_uid) {
		lkl_sys_setfsuid(uid);
		if (lkl_sys_setfsuid((lkl_uid_t)-1) != (long)uid)
			return -LKL_EINVAL;
		current_uid = uid;
	}
	if (gid != current_gid) {
		lkl_sys_setfsgid(gid);
		if (lkl_sys_setfsgid((lkl_gid_t)-1) != (long)gid)
			return -LKL_EINVAL;
		current_gid = gid;
	}
	return caps != current_caps ? set_effective(caps) : 0;
}

int identity_become(const struct identity *identity)
{
	uint64_t caps = ALL_CAPS;

	if (identity->uid)
		caps = identity->unchecked ? 0 : caps & ~CAPS_OF_ROOT_ONLY;
	if (identity->kill_suid)
		caps &= ~BIT(LKL_CAP_FSETID);
	return set_credentials(identity->uid, identity->gid, caps);
}

int identity_become_root(void)
{
	return set_credentials(0, 0, ALL_CAPS);
}

int identity_become_any(void)
{
	if (!(~current_caps & CAPS_FOR_CHECKED_ACCESS))
		return 0;
	return identity_become_root();
}

int identity_set_groups(const uint32_t *groups, size_t n)
{
	return (int)lkl_sys_setgroups((int)n, (lkl_gid_t *)groups);
}

void identity_umask(unsigned int mask)
{
	if (mask == current_umask)
		return;
	lkl_sys_umask((int)mask);
	current_umask = mask;
}
