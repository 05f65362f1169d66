// SPDX-License-Identifier: GPL-2.0-only
/*
 * disk-create.c - lkl_disk_create() makes empty images that lkl_disk_open()
 * takes, and refuses mistakes with a sentence that names the file.
 */
#include "boot.h"

static void check_format(const char *format, uint64_t size)
{
	const struct lkl_disk_options options = {
		.size = sizeof(options), .format = format,
	};
	struct lkl_error err = { "" };
	struct lkl_disk *disk;
	char data[512];

	MUST(lkl_disk_create("image", format, size, &err));
	MUST(lkl_disk_open("image", &options, &disk, &err));
	CHECK(lkl_disk_size(disk) == size);
	OK(lkl_disk_read(disk, data, sizeof(data), size - sizeof(data)));
	CHECK(!data[0] && !memcmp(data, data + 1, sizeof(data) - 1));
	OK(lkl_disk_close(disk));
}

int main(void)
{
	struct lkl_error err = { "" };
	int fd = open("image", O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	REQUIRE(fd >= 0 && write(fd, "rubbish", 7) == 7);
	close(fd);
	check_format("raw", 1 << 20);
	check_format("qcow2", 1 << 20);
	check_format("qcow2", 1ull << 40);
	check_format("raw", 4096);

	IS(lkl_disk_create("image", "vmdk", 1 << 20, &err), -LKL_EOPNOTSUPP);
	CHECK(strstr(err.text, "image: cannot make images of the format vmdk"));
	IS(lkl_disk_create("none", "raw", 1 << 20, &err), -LKL_ENOENT);
	CHECK(strstr(err.text, "none: cannot open"));
	IS(lkl_disk_create("/dev/null", "raw", 1 << 20, &err), -LKL_EINVAL);
	IS(lkl_disk_create("image", "raw", 1000, NULL), -LKL_EINVAL);
	unlink("image");
	return check_exit();
}
