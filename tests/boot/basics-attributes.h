/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * basics-attributes.h - system-call basics: attributes of files.  Part of
 * basics.h.
 */

static void basics_stat(const struct fs *fs)
{
	struct lkl___kernel_timespec times[2] = {
		{ .tv_sec = -1000000, .tv_nsec = 5 },
		{ .tv_sec = 4000000000, .tv_nsec = 999999999 },
	};
	struct lkl_statx st;
	struct lkl_stat old;

	write_pattern("file", 12345, 1);
	MUST(stat_file("file", &st));
	IS(st.stx_size, 12345);
	IS(st.stx_nlink, 1);
	IS(st.stx_mode & LKL_S_IFMT, LKL_S_IFREG);
	CHECK(llabs(st.stx_mtime.tv_sec - (long long)time(NULL)) < 60);
	MUST(lkl_sys_newfstatat(LKL_AT_FDCWD, "file", &old, 0));
	IS(old.st_size, 12345);
	IS(old.st_ino, st.stx_ino);
	IS(old.st_mode, st.stx_mode);
	IS(stat_file("none", &st), -LKL_ENOENT);
	IS(lkl_sys_faccessat(LKL_AT_FDCWD, "file", 4 /* R_OK */), 0);

	if (can(fs, CAN_NSEC)) {
		OK(lkl_sys_utimensat(LKL_AT_FDCWD, "file", times, 0));
		MUST(stat_file("file", &st));
		IS(st.stx_atime.tv_sec, times[0].tv_sec);
		IS(st.stx_atime.tv_nsec, times[0].tv_nsec);
		IS(st.stx_mtime.tv_sec, times[1].tv_sec);
		IS(st.stx_mtime.tv_nsec, times[1].tv_nsec);
	}
	if (can(fs, CAN_OWNERS)) {
		OK(lkl_sys_fchmodat(LKL_AT_FDCWD, "file", 07123));
		OK(lkl_sys_fchownat(LKL_AT_FDCWD, "file", 3000000000u,
				    2999999999u, 0));
		MUST(stat_file("file", &st));
		IS(st.stx_uid, 3000000000u);
		IS(st.stx_gid, 2999999999u);
		/*
		 * A change of owner takes the set-id bits away from what can
		 * be executed, the group's only if the group can.
		 */
		IS(st.stx_mode & 07777, 03123);
		OK(lkl_sys_fchmodat(LKL_AT_FDCWD, "file", 07771));
		MUST(stat_file("file", &st));
		IS(st.stx_mode & 07777, 07771);
	} else {
		IS(lkl_sys_fchownat(LKL_AT_FDCWD, "file", 1, 1, 0),
		   -LKL_EPERM);
	}
	OK(remove_file("file"));
}

static void basics_xattr_of(const struct fs *fs, const char *name)
{
	static char value[3000], buf[4000];
	char list[200];
	long n, at;
	bool found = false;

	IS(lkl_sys_getxattr("file", name, buf, sizeof(buf)), -LKL_ENODATA);
	IS(lkl_sys_setxattr("file", name, "a", 1, LKL_XATTR_REPLACE),
	   -LKL_ENODATA);
	OK(lkl_sys_setxattr("file", name, "a", 1, LKL_XATTR_CREATE));
	IS(lkl_sys_setxattr("file", name, "b", 1, LKL_XATTR_CREATE),
	   -LKL_EEXIST);
	pattern_fill(value, sizeof(value), 1, 0);
	OK(lkl_sys_setxattr("file", name, value, sizeof(value), 0));
	IS(lkl_sys_getxattr("file", name, NULL, 0), sizeof(value));
	IS(lkl_sys_getxattr("file", name, buf, 100), -LKL_ERANGE);
	IS(lkl_sys_getxattr("file", name, buf, sizeof(buf)), sizeof(value));
	CHECK(!memcmp(buf, value, sizeof(value)));
	n = OK(lkl_sys_listxattr("file", list, sizeof(list)));
	for (at = 0; at < n; at += (long)strlen(list + at) + 1)
		found |= !strcmp(list + at, name);
	CHECK_THAT(found, "%s is not listed", name);
	OK(lkl_sys_setxattr("file", name, "", 0, LKL_XATTR_REPLACE));
	if (!fs->free_xattrs) {
		IS(lkl_sys_getxattr("file", name, buf, sizeof(buf)), 0);
		OK(lkl_sys_removexattr("file", name));
	}
	IS(lkl_sys_removexattr("file", name), -LKL_ENODATA);
}

static void basics_xattr(const struct fs *fs)
{
	char big[70000];

	write_pattern("file", 100, 1);
	if (can(fs, CAN_XATTR)) {
		basics_xattr_of(fs, "user.test");
		basics_xattr_of(fs, "trusted.test");
		basics_xattr_of(fs, "security.test");
		memset(big, 'x', sizeof(big));
		IS(lkl_sys_setxattr("file", "user.big", big, sizeof(big), 0),
		   -LKL_E2BIG);
		IS(lkl_sys_setxattr("file", "nonsense.test", "a", 1, 0),
		   fs->free_xattrs ? 0 : -LKL_EOPNOTSUPP);
	} else {
		IS(lkl_sys_setxattr("file", "user.test", "a", 1, 0),
		   -LKL_EOPNOTSUPP);
	}
	OK(remove_file("file"));
}

/* <linux/posix_acl_xattr.h>, without unions to fill. */
struct acl_entry {
	uint16_t tag;
	uint16_t perm;
	uint32_t id;
};

struct acl {
	uint32_t version;
	struct acl_entry entries[5];
};

static const struct acl basics_acl_value = {
	.version = 2,
	.entries = {
		{ 0x01, 6, ~0u },	/* the owner: rw- */
		{ 0x02, 4, 1234 },	/* user 1234: r-- */
		{ 0x04, 0, ~0u },	/* the group: --- */
		{ 0x10, 5, ~0u },	/* the mask: r-x */
		{ 0x20, 0, ~0u },	/* others: --- */
	},
};

static void basics_acl(const struct fs *fs)
{
	static const char access[] = "system.posix_acl_access";
	static const char inherited[] = "system.posix_acl_default";
	const struct acl *acl = &basics_acl_value;
	struct lkl_statx st;
	struct acl got;

	write_pattern("file", 100, 1);
	if (!can(fs, CAN_ACL)) {
		IS(lkl_sys_setxattr("file", access, acl, sizeof(*acl), 0),
		   -LKL_EOPNOTSUPP);
		OK(remove_file("file"));
		return;
	}
	OK(lkl_sys_setxattr("file", access, acl, sizeof(*acl), 0));
	IS(lkl_sys_getxattr("file", access, &got, sizeof(got)), sizeof(got));
	CHECK(!memcmp(&got, acl, sizeof(got)));
	/* The group bits of the mode are the mask. */
	MUST(stat_file("file", &st));
	IS(st.stx_mode & 0777, 0650);
	OK(lkl_sys_fchmodat(LKL_AT_FDCWD, "file", 0640));
	IS(lkl_sys_getxattr("file", access, &got, sizeof(got)), sizeof(got));
	IS(got.entries[3].perm, 4);
	/* No entry for the owner. */
	got.entries[0].tag = 0x04;
	IS(lkl_sys_setxattr("file", access, &got, sizeof(got), 0),
	   -LKL_EINVAL);
	IS(lkl_sys_setxattr("file", inherited, acl, sizeof(*acl), 0),
	   -LKL_EACCES);
	OK(remove_file("file"));

	OK(make_dir("dir"));
	OK(lkl_sys_setxattr("dir", inherited, acl, sizeof(*acl), 0));
	write_pattern("dir/file", 100, 1);
	IS(lkl_sys_getxattr("dir/file", access, &got, sizeof(got)),
	   sizeof(got));
	IS(got.entries[1].id, 1234);
	OK(remove_file("dir/file"));
	OK(remove_dir("dir"));
}
