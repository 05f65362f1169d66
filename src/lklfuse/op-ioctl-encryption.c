// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-ioctl-encryption.c - the ioctls of fscrypt.
 *
 * The host's FUSE copies as many bytes as an ioctl's number says, in the
 * directions that it says.  Some numbers of fscrypt say something else than the
 * kernel does.  These have a second number here, with the same letter and
 * ordinal, but the true directions and size; docs/lklfuse-limits.md lists them.
 */
#include "operations.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <lkl/linux/fscrypt.h>

#include "device.h"

/* An added key with its argument in front, as the kernel wants it. */
union add_key_argument {
	struct lkl_fscrypt_add_key_arg head;
	uint8_t bytes[sizeof(struct lkl_fscrypt_add_key_arg) +
		      LKL_FSCRYPT_MAX_KEY_SIZE];
};

union encryption_argument {
	struct lkl_fscrypt_policy_v2 policy;
	struct lkl_fscrypt_get_policy_ex_arg policy_ex;
	struct lkl_fscrypt_get_key_status_arg status;
	union add_key_argument key;
	uint8_t bytes[256];
};

#define SET_POLICY	LKL__IOW('f', 19, struct lkl_fscrypt_policy_v2)
#define GET_SALT	LKL__IOR('f', 20, uint8_t[16])
#define GET_POLICY	LKL__IOWR('f', 22, struct lkl_fscrypt_get_policy_ex_arg)
#define ADD_KEY		LKL__IOWR('f', 23, union add_key_argument)

static const struct encryption_ioctl {
	unsigned int cmd, kernel_cmd;
	bool removes_key;
} encryption_ioctls[] = {
	{ SET_POLICY, LKL_FS_IOC_SET_ENCRYPTION_POLICY, false },
	{ GET_SALT, LKL_FS_IOC_GET_ENCRYPTION_PWSALT, false },
	{ GET_POLICY, LKL_FS_IOC_GET_ENCRYPTION_POLICY_EX, false },
	{ ADD_KEY, LKL_FS_IOC_ADD_ENCRYPTION_KEY, false },
	{ LKL_FS_IOC_REMOVE_ENCRYPTION_KEY,
	  LKL_FS_IOC_REMOVE_ENCRYPTION_KEY, true },
	{ LKL_FS_IOC_REMOVE_ENCRYPTION_KEY_ALL_USERS,
	  LKL_FS_IOC_REMOVE_ENCRYPTION_KEY_ALL_USERS, true },
	{ LKL_FS_IOC_GET_ENCRYPTION_KEY_STATUS,
	  LKL_FS_IOC_GET_ENCRYPTION_KEY_STATUS, false },
	{ LKL_FS_IOC_GET_ENCRYPTION_NONCE,
	  LKL_FS_IOC_GET_ENCRYPTION_NONCE, false },
};

struct encryption_request {
	fuse_req_t req;
	const struct encryption_ioctl *ioctl;
	int fd;			/* the host keeps it open until the reply */
	struct identity caller;
	size_t out;
	union encryption_argument argument;
};

static const struct encryption_ioctl *find_encryption_ioctl(unsigned int cmd)
{
	size_t i;

	for (i = 0; i < sizeof(encryption_ioctls) / sizeof(*encryption_ioctls);
	     i++)
		if (encryption_ioctls[i].cmd == cmd)
			return &encryption_ioctls[i];
	return NULL;
}

/* Sizes in an argument must not lead beyond it. */
static int check_encryption_argument(unsigned int cmd,
				     union encryption_argument *argument)
{
	struct lkl_fscrypt_get_policy_ex_arg *policy = &argument->policy_ex;

	if (cmd == ADD_KEY &&
	    argument->key.head.raw_size > LKL_FSCRYPT_MAX_KEY_SIZE)
		return -EINVAL;
	if (cmd == GET_POLICY && policy->policy_size > sizeof(policy->policy))
		policy->policy_size = sizeof(policy->policy);
	return 0;
}

static long run_encryption_ioctl(struct encryption_request *request)
{
	long ret;

	/* A file that is open keeps what was made of the key. */
	if (request->ioctl->removes_key)
		inode_close_idle_fds(op_filesystem(request->req)->inodes);
	ret = op_become_unchecked(request->req, &request->caller);
	return ret ? ret : lkl_sys_ioctl((unsigned int)request->fd,
					 request->ioctl->kernel_cmd,
					 (unsigned long)&request->argument);
}

static void encryption_reply(void *arg)
{
	struct encryption_request *request = arg;
	long ret = identity_init();

	if (!ret)
		ret = run_encryption_ioctl(request);
	if (ret < 0)
		op_reply(request->req, ret);
	else
		fuse_reply_ioctl(request->req, (int)ret, &request->argument,
				 request->out);
	explicit_bzero(request, sizeof(*request));
	free(request);
}

bool op_is_encryption_ioctl(unsigned int cmd)
{
	return find_encryption_ioctl(cmd);
}

void op_encryption_ioctl(fuse_req_t req, unsigned int cmd, int fd,
			 const struct identity *caller, const void *argument,
			 size_t in, size_t out)
{
	struct encryption_request *request = malloc(sizeof(*request));
	int ret;

	if (!request) {
		op_reply(req, -ENOMEM);
		return;
	}
	*request = (struct encryption_request){
		.req = req, .ioctl = find_encryption_ioctl(cmd), .fd = fd,
		.caller = *caller, .out = out,
	};
	memcpy(&request->argument, argument, in);
	ret = check_encryption_argument(cmd, &request->argument);
	if (!ret)
		ret = device_detach_request(encryption_reply, request);
	if (ret < 0) {
		explicit_bzero(request, sizeof(*request));
		free(request);
		op_reply(req, ret);
	}
}
