// SPDX-License-Identifier: GPL-2.0-only
/*
 * sandbox.c - confine a tool once its files are open.
 *
 * The layers overlap on purpose: if one of them has a hole or the host lacks
 * it, another still holds.
 */
#include "config.h"
#include "sandbox.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#ifdef HAVE_EXECINFO_H
#include <execinfo.h>
#endif

#include "common/error.h"
#include "layers.h"

static const struct {
	unsigned int layer;
	const char *name;
} layer_names[] = {
	{ SANDBOX_NO_NEW_PRIVS, "no_new_privs" },
	{ SANDBOX_CAPABILITIES, "capabilities" },
	{ SANDBOX_LANDLOCK, "landlock" },
	{ SANDBOX_SECCOMP, "seccomp" },
	{ SANDBOX_PRIVATE_ROOT, "private root" },
};

/*
 * libc loads the unwinder when a thread is cancelled or calls pthread_exit(),
 * and aborts if that fails.  Inside the sandbox it would fail: load it now.
 */
static void load_unwinder(void)
{
#ifdef HAVE_EXECINFO_H
	void *frame;

	backtrace(&frame, 1);
#endif
}

static int get_capabilities(uint64_t *ret_held, struct lkl_error *err)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data))
		return error_set(err, -errno, "cannot read capabilities: %s",
				 strerror(errno));
	*ret_held = (uint64_t)data[1].permitted << 32 | data[0].permitted;
	return 0;
}

bool sandbox_has_capability(unsigned int cap)
{
	uint64_t held;

	return !get_capabilities(&held, NULL) && held >> cap & 1;
}

/*
 * Drop all capabilities from all sets, except @keep, and @keep_bounded from the
 * bounding set.  Root without capabilities still owns root's files, so the other
 * layers are needed too.
 */
static int drop_capabilities(uint64_t keep, uint64_t keep_bounded,
			     struct lkl_error *err)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
	unsigned long cap;
	uint64_t held = 0;
	int ret;

	ret = get_capabilities(&held, err);
	if (ret < 0)
		return ret;
	/* Lowering the bounding set needs CAP_SETPCAP itself. */
	if (held >> CAP_SETPCAP & 1)
		for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
			if (!(keep_bounded >> cap & 1) &&
			    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0))
				return error_set(err, -errno,
						 "cannot drop capability %lu from the bounding set: %s",
						 cap, strerror(errno));
	/* Kernels before 4.3 have no ambient set and return EINVAL. */
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) &&
	    errno != EINVAL)
		return error_set(err, -errno,
				 "cannot clear ambient capabilities: %s",
				 strerror(errno));
	held &= keep;
	data[0].permitted = data[0].effective = (uint32_t)held;
	data[1].permitted = data[1].effective = (uint32_t)(held >> 32);
	if (syscall(SYS_capset, &header, data))
		return error_set(err, -errno, "cannot drop capabilities: %s",
				 strerror(errno));
	return 0;
}

/* Keep debuggers and core dumps away from the image's data in memory. */
static int forbid_memory_dumps(struct lkl_error *err)
{
	const struct rlimit none = { 0 };

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return error_set(err, -errno, "cannot become undumpable: %s",
				 strerror(errno));
	setrlimit(RLIMIT_CORE, &none);
	return 0;
}

/* Enters options->root, and replaces it by a path to it. */
static int enter_root(struct sandbox_options *options,
		      struct sandbox_path paths[2], struct lkl_error *err)
{
	int ret = sandbox_private_root(options->root, err);

	if (ret < 0)
		return ret;
	paths[0] = (struct sandbox_path){
		ret ? "/" : ".", SANDBOX_READ | SANDBOX_WRITE,
	};
	paths[1] = (struct sandbox_path){ NULL, 0 };
	options->paths = paths;
	return ret;
}

unsigned int sandbox_available(void)
{
	return SANDBOX_NO_NEW_PRIVS | SANDBOX_CAPABILITIES |
		(sandbox_has_landlock() ? SANDBOX_LANDLOCK : 0) |
		(sandbox_has_seccomp() ? SANDBOX_SECCOMP : 0);
}

/* Whether a layer that the process cannot do without is not in @layers. */
static int check_layers(const struct sandbox_options *options,
			unsigned int layers, struct lkl_error *err)
{
	if (options->best)
		return 0;
#ifdef HAVE_SECCOMP
	if (!(layers & SANDBOX_SECCOMP))
		return error_set(err, -ENOTSUP,
				 "sandbox: the host has no seccomp filters: say --sandbox=best to go on with the layers that it has");
#endif
#ifdef HAVE_LANDLOCK
	if (!(layers & SANDBOX_LANDLOCK) && options->paths &&
	    options->paths->path)
		return error_set(err, -ENOTSUP,
				 "sandbox: the host has no Landlock, or one without renames, and all your files would be open to the image: enable it (lsm=landlock,...), or say --sandbox=best to go on without it");
#endif
	return 0;
}

static bool starts_programs(const struct sandbox_options *options)
{
	const struct sandbox_path *path;

	for (path = options->paths; path && path->path; path++)
		if (path->access & SANDBOX_EXECUTE)
			return true;
	return false;
}

int sandbox_limit_paths(const struct sandbox_options *wanted,
			struct lkl_error *err)
{
	int ret;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return error_set(err, -errno, "cannot set no_new_privs: %s",
				 strerror(errno));
	ret = sandbox_landlock(wanted, err);
	if (!ret)
		return error_set(err, -ENOTSUP,
				 "the host has no Landlock, or one without renames");
	return ret < 0 ? ret : 0;
}

int sandbox_enter(const struct sandbox_options *wanted,
		  struct lkl_error *err)
{
	struct sandbox_options local = *wanted, *options = &local;
	struct sandbox_path root_path[2];
	int layers = 0, ret;

	load_unwinder();
	if (options->root) {
		ret = enter_root(options, root_path, err);
		if (ret < 0)
			return error_prefix(err, ret, "sandbox");
		if (ret)
			layers |= SANDBOX_PRIVATE_ROOT;
	}
	if (!options->debug) {
		ret = forbid_memory_dumps(err);
		if (ret < 0)
			return error_prefix(err, ret, "sandbox");
	}
	/* A program that root starts gets what is in the bounding set. */
	ret = drop_capabilities(options->keep_capabilities,
				starts_programs(options) ?
				options->keep_capabilities : 0, err);
	if (ret < 0)
		return error_prefix(err, ret, "sandbox");
	layers |= SANDBOX_CAPABILITIES;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return error_set(err, -errno,
				 "sandbox: cannot set no_new_privs: %s",
				 strerror(errno));
	layers |= SANDBOX_NO_NEW_PRIVS;
	ret = options->tracer ? 0 : sandbox_landlock(options, err);
	if (ret < 0)
		return error_prefix(err, ret, "sandbox");
	if (ret)
		layers |= SANDBOX_LANDLOCK;
	/* Last, since the filter forbids the calls of the other layers. */
	ret = sandbox_seccomp(options, err);
	if (ret < 0)
		return error_prefix(err, ret, "sandbox");
	if (ret)
		layers |= SANDBOX_SECCOMP;
	ret = check_layers(options, (unsigned int)layers, err);
	return ret < 0 ? ret : layers;
}

const char *sandbox_describe(unsigned int layers, char *buf, size_t size)
{
	size_t len = 0, i;

	snprintf(buf, size, "%s", layers ? "" : "none");
	for (i = 0; i < sizeof(layer_names) / sizeof(*layer_names); i++)
		if (layers & layer_names[i].layer && len < size)
			len += (size_t)snprintf(buf + len, size - len, "%s%s",
						len ? ", " : "",
						layer_names[i].name);
	return buf;
}

const char *sandbox_features(void)
{
	return ""
#ifdef HAVE_LANDLOCK
		"+landlock"
#endif
#if defined(HAVE_LANDLOCK) && defined(HAVE_SECCOMP)
		" "
#endif
#ifdef HAVE_SECCOMP
		"+seccomp"
#endif
		;
}
