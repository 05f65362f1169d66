// SPDX-License-Identifier: GPL-2.0-only
/*
 * mkfs-fixed.c - a library that mkfs programs preload: it fixes their time and
 * their random numbers, and hides the host's mounts from them.
 *
 * Most mkfs programs write the present time and random UUIDs, and have no option
 * for all of them.  This library replaces the functions that they get these from.
 * The time is in LKL_MKFS_TIME, in seconds; random numbers are computed from the
 * text in LKL_MKFS_SEED.  Without a variable the function asks the host.
 *
 * Of the programs in Debian 12, mke2fs and mkfs.vfat have options for all of it.
 * With the options of the others, these stay different: the times of three inodes
 * (mkfs.xfs); three UUIDs and the times of trees (mkfs.btrfs); the volume id and
 * times (mkfs.exfat, mkntfs).
 *
 * mkfs.btrfs looks at the file behind each mount, and fails if it may not look at one,
 * as at a FUSE mount of another user.  With LKL_MKFS_NO_MOUNTS it finds no mounts.
 *
 * It has no effect on a program that is linked statically.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* ---- Time ---- */

static bool fixed_time(time_t *ret_time)
{
	const char *text = getenv("LKL_MKFS_TIME");

	if (!text)
		return false;
	*ret_time = (time_t)strtoll(text, NULL, 10);
	return true;
}

EXPORT int clock_gettime(clockid_t id, struct timespec *ts)
{
	time_t fixed;

	if ((id != CLOCK_REALTIME && id != CLOCK_REALTIME_COARSE) ||
	    !fixed_time(&fixed))
		return (int)syscall(SYS_clock_gettime, id, ts);
	*ts = (struct timespec){ .tv_sec = fixed };
	return 0;
}

EXPORT int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts;

	if (zone)
		memset(zone, 0, sizeof(struct timezone));
	if (clock_gettime(CLOCK_REALTIME, &ts) < 0)
		return -1;
	*tv = (struct timeval){ .tv_sec = ts.tv_sec,
				.tv_usec = ts.tv_nsec / 1000 };
	return 0;
}

EXPORT time_t time(time_t *ret_time)
{
	struct timespec ts = { 0 };

	clock_gettime(CLOCK_REALTIME, &ts);
	if (ret_time)
		*ret_time = ts.tv_sec;
	return ts.tv_sec;
}

/* ---- Random numbers ---- */

/* FNV-1a. */
static uint64_t hash(const char *text)
{
	uint64_t sum = 0xcbf29ce484222325u;

	for (; *text; text++)
		sum = (sum ^ (unsigned char)*text) * 0x100000001b3u;
	return sum;
}

/* SplitMix64, which may be called by several threads. */
static uint64_t next_random(const char *seed)
{
	static uint64_t count;
	uint64_t x = __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);

	x = hash(seed) + x * 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

EXPORT ssize_t getrandom(void *buf, size_t len, unsigned int flags)
{
	const char *seed = getenv("LKL_MKFS_SEED");
	unsigned char *p = buf;
	size_t left = len, n;
	uint64_t number;

	if (!seed)
		return syscall(SYS_getrandom, buf, len, flags);
	for (; left; left -= n, p += n) {
		number = next_random(seed);
		n = left < sizeof(number) ? left : sizeof(number);
		memcpy(p, &number, n);
	}
	return (ssize_t)len;
}

EXPORT int getentropy(void *buf, size_t len)
{
	if (len > 256) {
		errno = EIO;
		return -1;
	}
	return getrandom(buf, len, 0) == (ssize_t)len ? 0 : -1;
}

EXPORT void arc4random_buf(void *buf, size_t len);
EXPORT void arc4random_buf(void *buf, size_t len)
{
	if (getrandom(buf, len, 0) != (ssize_t)len)
		abort();
}

EXPORT uint32_t arc4random(void);
EXPORT uint32_t arc4random(void)
{
	uint32_t number;

	arc4random_buf(&number, sizeof(number));
	return number;
}

EXPORT uint32_t arc4random_uniform(uint32_t bound);
EXPORT uint32_t arc4random_uniform(uint32_t bound)
{
	/* A slight bias harms nobody here. */
	return bound ? arc4random() % bound : 0;
}

/* Programs give these a seed that is made of time and process ids. */

EXPORT void srandom(unsigned int seed)
{
	(void)seed;
}

EXPORT void srand(unsigned int seed)
{
	(void)seed;
}

EXPORT long random(void)
{
	return arc4random() & 0x7fffffff;
}

EXPORT int rand(void)
{
	return (int)random();
}

/* libuuid's functions; a UUID of version 4, variant 1. */

EXPORT void uuid_generate(unsigned char out[16]);
EXPORT void uuid_generate(unsigned char out[16])
{
	arc4random_buf(out, 16);
	out[6] = (out[6] & 0x0f) | 0x40;
	out[8] = (out[8] & 0x3f) | 0x80;
}

EXPORT void uuid_generate_random(unsigned char out[16]);
EXPORT void uuid_generate_random(unsigned char out[16])
{
	uuid_generate(out);
}

EXPORT void uuid_generate_time(unsigned char out[16]);
EXPORT void uuid_generate_time(unsigned char out[16])
{
	uuid_generate(out);
}

/* ---- Mounts ---- */

EXPORT FILE *setmntent(const char *path, const char *mode)
{
	const bool hide = getenv("LKL_MKFS_NO_MOUNTS") && *mode == 'r';

	/* endmntent() closes it as any other stream. */
	return fopen(hide ? "/dev/null" : path, *mode == 'r' ? "re" : mode);
}
