// SPDX-License-Identifier: GPL-2.0-only
/*
 * encryption.c - ioctls of fscrypt, for scripts, with the numbers that a mount
 * of lklfuse takes (docs/lklfuse-limits.md).
 *
 * Usage: encryption add-key DIRECTORY PASSWORD     its identifier
 *        encryption remove-key DIRECTORY IDENTIFIER    the flags
 *        encryption key-status DIRECTORY IDENTIFIER
 *        encryption set-policy DIRECTORY IDENTIFIER
 *        encryption policy FILE                    version and identifier
 *        encryption nonce FILE
 *        encryption salt DIRECTORY
 *        encryption sizes DIRECTORY                bad sizes and their errors
 *
 * Identifiers, nonces and salts are in hexadecimal.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/fscrypt.h>
#include <sys/ioctl.h>

union add_key {
	struct fscrypt_add_key_arg head;
	uint8_t bytes[sizeof(struct fscrypt_add_key_arg) + FSCRYPT_MAX_KEY_SIZE];
};

#define SET_POLICY	_IOW('f', 19, struct fscrypt_policy_v2)
#define GET_SALT	_IOR('f', 20, uint8_t[16])
#define GET_POLICY	_IOWR('f', 22, struct fscrypt_get_policy_ex_arg)
#define ADD_KEY		_IOWR('f', 23, union add_key)

static int fd;

static int fail(const char *what)
{
	fprintf(stderr, "encryption: %s: %s\n", what, strerror(errno));
	return 1;
}

static int print_bytes(const uint8_t *bytes, size_t n)
{
	while (n--)
		printf("%02x", *bytes++);
	printf("\n");
	return 0;
}

static void parse_identifier(const char *text, uint8_t *identifier)
{
	unsigned int i, byte = 0;

	for (i = 0; i < FSCRYPT_KEY_IDENTIFIER_SIZE; i++) {
		sscanf(text + 2 * i, "%2x", &byte);
		identifier[i] = (uint8_t)byte;
	}
}

static struct fscrypt_key_specifier key_spec(const char *text)
{
	struct fscrypt_key_specifier spec = {
		.type = FSCRYPT_KEY_SPEC_TYPE_IDENTIFIER,
	};

	parse_identifier(text, spec.u.identifier);
	return spec;
}

/* The key is the password, again and again. */
static int add_key(const char *password)
{
	union add_key arg = {
		.head = {
			.key_spec.type = FSCRYPT_KEY_SPEC_TYPE_IDENTIFIER,
			.raw_size = FSCRYPT_MAX_KEY_SIZE,
		},
	};
	size_t i;

	for (i = 0; i < FSCRYPT_MAX_KEY_SIZE; i++)
		arg.head.raw[i] = (uint8_t)password[i % strlen(password)];
	if (ioctl(fd, ADD_KEY, &arg))
		return fail("add-key");
	return print_bytes(arg.head.key_spec.u.identifier,
			   FSCRYPT_KEY_IDENTIFIER_SIZE);
}

static int remove_key(const char *identifier)
{
	struct fscrypt_remove_key_arg arg = {
		.key_spec = key_spec(identifier),
	};

	if (ioctl(fd, FS_IOC_REMOVE_ENCRYPTION_KEY, &arg))
		return fail("remove-key");
	printf("%x\n", arg.removal_status_flags);
	return 0;
}

static int key_status(const char *identifier)
{
	static const char *const names[] = {
		"none", "absent", "present", "incompletely removed",
	};
	struct fscrypt_get_key_status_arg arg = {
		.key_spec = key_spec(identifier),
	};

	if (ioctl(fd, FS_IOC_GET_ENCRYPTION_KEY_STATUS, &arg))
		return fail("key-status");
	printf("%s\n", names[arg.status & 3]);
	return 0;
}

static int set_policy(const char *identifier)
{
	struct fscrypt_policy_v2 policy = {
		.version = FSCRYPT_POLICY_V2,
		.contents_encryption_mode = FSCRYPT_MODE_AES_256_XTS,
		.filenames_encryption_mode = FSCRYPT_MODE_AES_256_CTS,
		.flags = FSCRYPT_POLICY_FLAGS_PAD_32,
	};

	parse_identifier(identifier, policy.master_key_identifier);
	return ioctl(fd, SET_POLICY, &policy) ? fail("set-policy") : 0;
}

static int show_policy(void)
{
	/* It must not be written beyond, whatever size is claimed. */
	struct {
		struct fscrypt_get_policy_ex_arg arg;
		uint64_t end;
	} s = { .arg.policy_size = 4096, .end = 0x1122334455667788 };

	if (ioctl(fd, GET_POLICY, &s.arg))
		return fail("policy");
	if (s.end != 0x1122334455667788 ||
	    s.arg.policy_size != sizeof(s.arg.policy.v2)) {
		fprintf(stderr, "encryption: the policy has a wrong size\n");
		return 1;
	}
	printf("%d ", s.arg.policy.version);
	return print_bytes(s.arg.policy.v2.master_key_identifier,
			   FSCRYPT_KEY_IDENTIFIER_SIZE);
}

static int show_bytes(unsigned long request, const char *what)
{
	uint8_t bytes[16] = { 0 };

	return ioctl(fd, request, bytes) ? fail(what) :
		print_bytes(bytes, sizeof(bytes));
}

static int try_sizes(void)
{
	union add_key arg = {
		.head = {
			.key_spec.type = FSCRYPT_KEY_SPEC_TYPE_IDENTIFIER,
			.raw_size = FSCRYPT_MAX_KEY_SIZE + 1,
		},
	};

	printf("%s ", ioctl(fd, ADD_KEY, &arg) ? strerrorname_np(errno) : "0");
	arg.head.raw_size = UINT32_MAX;
	printf("%s ", ioctl(fd, ADD_KEY, &arg) ? strerrorname_np(errno) : "0");
	arg.head.raw_size = 0;
	printf("%s\n", ioctl(fd, ADD_KEY, &arg) ? strerrorname_np(errno) : "0");
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";

	if (argc > 2) {
		fd = open(argv[2], O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return fail(argv[2]);
	}
	if (argc == 4 && !strcmp(what, "add-key"))
		return add_key(argv[3]);
	if (argc == 4 && !strcmp(what, "remove-key"))
		return remove_key(argv[3]);
	if (argc == 4 && !strcmp(what, "key-status"))
		return key_status(argv[3]);
	if (argc == 4 && !strcmp(what, "set-policy"))
		return set_policy(argv[3]);
	if (argc == 3 && !strcmp(what, "policy"))
		return show_policy();
	if (argc == 3 && !strcmp(what, "nonce"))
		return show_bytes(FS_IOC_GET_ENCRYPTION_NONCE, "nonce");
	if (argc == 3 && !strcmp(what, "salt"))
		return show_bytes(GET_SALT, "salt");
	if (argc == 3 && !strcmp(what, "sizes"))
		return try_sizes();
	fprintf(stderr, "usage: encryption WHAT PATH...\n");
	return 2;
}
