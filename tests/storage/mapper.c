// SPDX-License-Identifier: GPL-2.0-only
/*
 * mapper.c - mapped devices of the kernel inside: where their bytes are on the
 * disks, encryption, the state of a device, and requests that are refused.
 */
#include "boot/boot.h"
#include "common/storage/mapper.h"
#include "common/storage/node.h"

#define SECTOR	512

static char disks[2][64];		/* nodes */
static char numbers[2][NODE_NUMBER_MAX];

static void add_disk(unsigned int i, const char *image)
{
	struct lkl_error err = { "" };
	struct lkl_disk *disk;
	uint64_t size = 0;
	int fd = open(image, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	REQUIRE(fd >= 0);
	REQUIRE(!ftruncate(fd, MIB));
	close(fd);
	MUST(lkl_disk_open(image, NULL, &disk, &err));
	MUST(lkl_disk_add(disk, &err));
	MUST(lkl_disk_node(disk, 0, disks[i], sizeof(disks[i]), &err));
	MUST(node_number(disks[i], numbers[i], &err));
	OK(node_size(disks[i], &size, &err));
	IS(size, MIB);
}

static void write_node(const char *node, const void *buf, size_t len)
{
	struct lkl_error err = { "" };
	int fd = (int)MUST(node_open(node, LKL_O_RDWR, &err));

	IS(lkl_sys_pwrite64((unsigned int)fd, buf, len, 0), len);
	OK(lkl_sys_fsync((unsigned int)fd));
	OK(lkl_sys_close((unsigned int)fd));
}

static void read_image(const char *image, void *buf, size_t len, off_t at)
{
	int fd = open(image, O_RDONLY | O_CLOEXEC);

	REQUIRE(fd >= 0);
	IS(pread(fd, buf, len, at), len);
	close(fd);
}

/* The end of the second disk, then the start of the first. */
static void test_linear(void)
{
	char params[2][64], node[MAPPER_NODE_MAX] = "", status[128];
	const struct mapper_target targets[] = {
		{ 0, 8, "linear", params[0] },
		{ 8, 24, "linear", params[1] },
	};
	char wrote[32 * SECTOR], got[sizeof(wrote)];
	struct lkl_error err = { "" };
	uint64_t size = 0;
	int fd;

	snprintf(params[0], sizeof(params[0]), "%s 2040", numbers[1]);
	snprintf(params[1], sizeof(params[1]), "%s 16", numbers[0]);
	MUST(mapper_create("vg-a b", "LVM-x", targets, 2, 0, node, &err));
	OK(node_size(node, &size, &err));
	IS(size, sizeof(wrote));
	pattern_fill(wrote, sizeof(wrote), 1, 0);
	write_node(node, wrote, sizeof(wrote));
	read_image("disk1", got, 8 * SECTOR, 2040 * SECTOR);
	read_image("disk0", got + 8 * SECTOR, 24 * SECTOR, 16 * SECTOR);
	CHECK(!memcmp(wrote, got, sizeof(wrote)));
	OK(mapper_status("vg-a b", status, sizeof(status), &err));
	CHECK_THAT(!strcmp(status, "linear \nlinear \n"), "%s", status);

	fd = (int)MUST(node_open(node, LKL_O_RDONLY, &err));
	IS(mapper_remove("vg-a b", &err), -LKL_EBUSY);
	OK(lkl_sys_close((unsigned int)fd));
	OK(mapper_remove("vg-a b", &err));
	IS(node_open(node, LKL_O_RDONLY, &err), -LKL_ENOENT);
}

/* IEEE 1619-2007, XTS-AES-256, vector 10: a data unit with the number 0xff. */
static void test_crypt(void)
{
	static const unsigned char want[] = {
		0x1c, 0x3b, 0x3a, 0x10, 0x2f, 0x77, 0x03, 0x86,
		0xe4, 0x83, 0x6c, 0x99, 0xe3, 0x70, 0xcf, 0x9b,
	};
	char params[256], node[MAPPER_NODE_MAX] = "";
	const struct mapper_target target = { 0, 8, "crypt", params };
	unsigned char plain[SECTOR], got[sizeof(want)];
	struct lkl_error err = { "" };
	unsigned int i;

	for (i = 0; i < sizeof(plain); i++)
		plain[i] = (unsigned char)i;
	snprintf(params, sizeof(params), "aes-xts-plain64 "
		 "2718281828459045235360287471352662497757247093699959574966967627"
		 "3141592653589793238462643383279502884197169399375105820974944592"
		 " 255 %s 64", numbers[0]);
	MUST(mapper_create("crypt", NULL, &target, 1, MAPPER_SECRET, node,
			   &err));
	write_node(node, plain, sizeof(plain));
	read_image("disk0", got, sizeof(got), 64 * SECTOR);
	CHECK(!memcmp(want, got, sizeof(want)));
	OK(mapper_remove("crypt", &err));
}

static void test_read_only(void)
{
	char params[64], node[MAPPER_NODE_MAX] = "";
	const struct mapper_target target = { 0, 8, "linear", params };
	struct lkl_error err = { "" };
	int fd;

	snprintf(params, sizeof(params), "%s 0", numbers[0]);
	MUST(mapper_create("ro", NULL, &target, 1, MAPPER_READ_ONLY, node,
			   &err));
	fd = (int)MUST(node_open(node, LKL_O_RDWR, &err));
	IS(lkl_sys_pwrite64((unsigned int)fd, node, SECTOR, 0), -LKL_EPERM);
	OK(lkl_sys_close((unsigned int)fd));
	OK(mapper_remove("ro", &err));
}

static void test_refusals(void)
{
	static const char *const names[] = { "", "a/b", "." };
	char params[64], node[MAPPER_NODE_MAX] = "";
	struct mapper_target target = { 0, 8, "linear", params };
	struct lkl_error err = { "" };
	unsigned int i;

	snprintf(params, sizeof(params), "%s 4096", numbers[0]);
	IS(mapper_create("beyond", NULL, &target, 1, 0, node, &err),
	   -LKL_EINVAL);
	CHECK_THAT(strstr(err.text, "refuses the mapping"), "%s", err.text);
	target.type = "no-such-target";
	IS(mapper_create("beyond", NULL, &target, 1, 0, node, &err),
	   -LKL_EINVAL);
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		IS(mapper_create(names[i], NULL, &target, 1, 0, node, &err),
		   -LKL_EINVAL);
	IS(mapper_remove("beyond", &err), -LKL_ENXIO);
	IS(mapper_message("beyond", 0, "x", &err), -LKL_ENXIO);
	CHECK(!*node);
}

int main(void)
{
	boot(64 * MIB);
	add_disk(0, "disk0");
	add_disk(1, "disk1");
	test_linear();
	test_crypt();
	test_read_only();
	test_refusals();
	IS(lkl_halt(), 0);
	return check_exit();
}
