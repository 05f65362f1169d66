// SPDX-License-Identifier: GPL-2.0-only
/*
 * vblk-async.c - tests of block device requests that wait: for a slow disk, for
 * cold data, with io_uring and without it.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>
#include <linux/virtio_ring.h>
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "arch/include/asm/host_ops.h"
#include "blk/blk.h"
#include "blk/file/uring.h"
#include "host/virtio.h"
#include "helpers/asleep.h"
#include "unit.h"

#define DISK		1u
#define QUEUE		VIRTQ_NUM_MAX
#define SECTORS		(1u << 16)
#define IMAGE		"vblk-async-image"

#define MEMORY_SIZE	(16u << 20)
#define DESC		0x0000u
#define AVAIL		0x2000u
#define USED		0x3000u
#define TABLES		0x10000u	/* an indirect table for each request */
#define HEADERS		0x20000u
#define STATUSES	0x30000u
#define DATA		0x100000u
#define DATA_SIZE	(32u << 10)	/* of each request */

static struct virtio_memory memory = { .size = MEMORY_SIZE };
static sem_t interrupts;

#define at(type, addr)	((type *)((char *)memory.base + (addr)))
#define avail		at(struct vring_avail, AVAIL)
#define used		at(struct vring_used, USED)
#define status_of(i)	(*at(volatile uint8_t, STATUSES + (i)))
#define data_of(i)	at(char, DATA + (i) * DATA_SIZE)

/* ---- A disk whose requests wait until they are let go ---- */

static sem_t gate;
static unsigned int entered, left;	/* atomic */

static int slow_preadv(struct blk *blk, const struct iovec *iov, int n,
		       uint64_t offset)
{
	(void)blk;
	__atomic_fetch_add(&entered, 1, __ATOMIC_SEQ_CST);
	/* The first half of the disk waits. */
	if (offset < SECTORS / 2 * 512ull)
		sem_wait(&gate);
	for (; n > 0; n--, iov++)
		memset(iov->iov_base, 0x5a, iov->iov_len);
	__atomic_fetch_add(&left, 1, __ATOMIC_SEQ_CST);
	return 0;
}

static const struct blk_ops slow_ops = {
	.name = "slow",
	.preadv = slow_preadv,
};

static struct blk slow = {
	.ops = &slow_ops,
	.size = SECTORS * 512ull,
	.sector_size = 512,
	.physical_size = 512,
};

/* ---- The driver ---- */

static void raise_irq(struct vcpu *vcpu, unsigned int irq)
{
	(void)vcpu;
	REQUIRE(irq == LKL_IRQ_DISK0 + DISK);
	sem_post(&interrupts);
}

static const struct virtio_host host = { .raise = raise_irq };

static uint32_t rd(unsigned int offset)
{
	return vmmio_read(DISK, offset, 4);
}

static void wr(unsigned int offset, uint32_t value)
{
	vmmio_write(DISK, offset, 4, value);
}

static void start(void)
{
	const uint32_t ok = VIRTIO_CONFIG_S_ACKNOWLEDGE |
			    VIRTIO_CONFIG_S_DRIVER |
			    VIRTIO_CONFIG_S_FEATURES_OK;

	memset(memory.base, 0, DATA);
	wr(VIRTIO_MMIO_STATUS, 0);
	wr(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	wr(VIRTIO_MMIO_DRIVER_FEATURES, 1u << (VIRTIO_F_VERSION_1 - 32));
	wr(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	wr(VIRTIO_MMIO_DRIVER_FEATURES, 1u << VIRTIO_RING_F_INDIRECT_DESC |
					1u << VIRTIO_BLK_F_FLUSH);
	wr(VIRTIO_MMIO_STATUS, ok);
	REQUIRE(rd(VIRTIO_MMIO_STATUS) == ok);
	wr(VIRTIO_MMIO_QUEUE_NUM, QUEUE);
	wr(VIRTIO_MMIO_QUEUE_DESC_LOW, DESC);
	wr(VIRTIO_MMIO_QUEUE_AVAIL_LOW, AVAIL);
	wr(VIRTIO_MMIO_QUEUE_USED_LOW, USED);
	wr(VIRTIO_MMIO_QUEUE_READY, 1);
	wr(VIRTIO_MMIO_STATUS, ok | VIRTIO_CONFIG_S_DRIVER_OK);
}

static void plug_in(struct blk *blk, struct uring *ring)
{
	sem_init(&gate, 0, 0);
	sem_init(&interrupts, 0, 0);
	entered = left = 0;
	REQUIRE(!vmmio_disk_create(DISK, blk, ring, &memory, &host));
	start();
}

static void unplug(void)
{
	vmmio_disk_destroy(DISK);
}

/* Queue request @i, which reads @len bytes. */
static void queue_read(unsigned int i, uint64_t sector, uint32_t len)
{
	struct vring_desc *table = at(struct vring_desc, TABLES + i * 64);

	*at(struct virtio_blk_outhdr, HEADERS + i * 16) =
		(struct virtio_blk_outhdr) { VIRTIO_BLK_T_IN, 0, sector };
	status_of(i) = 0xee;
	table[0] = (struct vring_desc) { HEADERS + i * 16, 16,
					 VRING_DESC_F_NEXT, 1 };
	table[1] = (struct vring_desc) { DATA + i * DATA_SIZE, len,
					 VRING_DESC_F_NEXT |
					 VRING_DESC_F_WRITE, 2 };
	table[2] = (struct vring_desc) { STATUSES + i, 1,
					 VRING_DESC_F_WRITE, 0 };
	at(struct vring_desc, DESC)[i] = (struct vring_desc) {
		TABLES + i * 64, 3 * sizeof(*table), VRING_DESC_F_INDIRECT, 0
	};
	avail->ring[avail->idx % QUEUE] = i;
	__atomic_store_n(&avail->idx, avail->idx + 1, __ATOMIC_RELEASE);
}

static void kick(void)
{
	wr(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
}

static uint16_t answered(void)
{
	return __atomic_load_n(&used->idx, __ATOMIC_ACQUIRE);
}

static void wait_for_answers(uint16_t n)
{
	while (answered() != n)
		sem_wait(&interrupts);
}

static bool broken(void)
{
	return rd(VIRTIO_MMIO_STATUS) & VIRTIO_CONFIG_S_NEEDS_RESET;
}

/* ---- Tests ---- */

static void a_fast_request_overtakes_a_slow_one(void)
{
	plug_in(&slow, NULL);
	queue_read(0, 0, 512);
	queue_read(1, SECTORS / 2, 512);
	kick();
	wait_for_answers(1);
	CHECK_EQ(used->ring[0].id, 1);
	CHECK_EQ(status_of(1), VIRTIO_BLK_S_OK);
	CHECK_EQ(status_of(0), 0xee);
	sem_post(&gate);
	wait_for_answers(2);
	CHECK_EQ(used->ring[1].id, 0);
	CHECK_EQ(used->ring[1].len, 513);
	CHECK_EQ(data_of(0)[511], 0x5a);
	unplug();
}

/* All of the queue is in flight, and more are asked for afterwards. */
static void a_full_queue(void)
{
	unsigned int i;

	plug_in(&slow, NULL);
	for (i = 0; i < QUEUE; i++)
		queue_read(i, i, 512);
	kick();
	kick();
	CHECK(!broken());
	CHECK_EQ(answered(), 0);
	for (i = 0; i < QUEUE; i++)
		sem_post(&gate);
	wait_for_answers(QUEUE);
	for (i = 0; i < QUEUE; i++)
		CHECK_EQ(status_of(i), VIRTIO_BLK_S_OK);
	queue_read(7, SECTORS - 1, 512);
	kick();
	wait_for_answers(QUEUE + 1);
	CHECK(!broken());
	unplug();
}

/* A driver that has more in flight than it has room for breaks the rules. */
static void more_than_a_full_queue(void)
{
	unsigned int i;

	plug_in(&slow, NULL);
	for (i = 0; i < QUEUE; i++)
		queue_read(i, i, 512);
	kick();
	queue_read(0, 0, 512);
	kick();
	CHECK(broken());
	for (i = 0; i < QUEUE + 1; i++)
		sem_post(&gate);
	unplug();
}

static void *open_gate(void *arg)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	while (!__atomic_load_n(&entered, __ATOMIC_SEQ_CST))
		nanosleep(&moment, NULL);
	/* The reset waits. */
	CHECK(wait_until_asleep(*(pid_t *)arg));
	sem_post(&gate);
	return NULL;
}

/*
 * A write of 0 to @reg waits for a slow request: it must not write into memory
 * that the driver then uses for other things.
 */
static void clear_while_in_flight(uint32_t reg)
{
	pid_t main_tid = own_tid();
	pthread_t thread;

	plug_in(&slow, NULL);
	queue_read(0, 0, 512);
	kick();
	REQUIRE(!pthread_create(&thread, NULL, open_gate, &main_tid));
	wr(reg, 0);
	CHECK_EQ(left, 1);
	CHECK_EQ(rd(reg), 0);
	pthread_join(thread, NULL);
}

static void reset_waits_for_what_is_in_flight(void)
{
	clear_while_in_flight(VIRTIO_MMIO_STATUS);
	/* And it works as before. */
	start();
	queue_read(0, SECTORS / 2, 512);
	kick();
	wait_for_answers(1);
	CHECK_EQ(status_of(0), VIRTIO_BLK_S_OK);
	unplug();
}

/* The size of the queue may change then: nothing writes past the new ring. */
static void disabled_queue_has_nothing_in_flight(void)
{
	clear_while_in_flight(VIRTIO_MMIO_QUEUE_READY);
	CHECK_EQ(status_of(0), VIRTIO_BLK_S_OK);
	unplug();
}

static uint32_t word_at(uint64_t offset)
{
	return offset * 2654435761u >> 7;
}

static void make_image(void)
{
	uint32_t *words = malloc(SECTORS * 512);
	int fd = open(IMAGE, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	uint64_t i;

	REQUIRE(words && fd >= 0);
	for (i = 0; i < SECTORS * 512 / 4; i++)
		words[i] = word_at(4 * i);
	REQUIRE(write(fd, words, SECTORS * 512) == SECTORS * 512);
	REQUIRE(!fsync(fd));
	close(fd);
	free(words);
}

/* Read all over the image, which the host has to fetch first. */
static void read_cold(struct uring *ring)
{
	const struct blk_options options = {
		.flags = BLK_OPEN_READ_ONLY, .format = "raw",
	};
	unsigned int i, k, bad = 0;
	uint64_t offset;
	struct blk *blk;
	int fd;

	REQUIRE(!blk_open(IMAGE, &options, &blk, NULL));
	fd = open(IMAGE, O_RDONLY);
	REQUIRE(fd >= 0 && !posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
	close(fd);
	plug_in(blk, ring);
	for (i = 0; i < QUEUE; i++)
		queue_read(i, i * (SECTORS / QUEUE), DATA_SIZE);
	kick();
	wait_for_answers(QUEUE);
	for (i = 0; i < QUEUE; i++) {
		bad += status_of(i) != VIRTIO_BLK_S_OK;
		offset = i * (SECTORS / QUEUE) * 512ull;
		for (k = 0; k < DATA_SIZE; k += 4)
			bad += *(uint32_t *)(data_of(i) + k) !=
			       word_at(offset + k);
	}
	CHECK_EQ(bad, 0);
	CHECK_EQ(used->ring[0].len, DATA_SIZE + 1);
	unplug();
	blk_close(blk);
}

static void cold_reads_by_threads(void)
{
	read_cold(NULL);
}

static void cold_reads_by_io_uring(void)
{
	struct uring *ring = uring_create();

	if (!ring)
		printf("# no io_uring here: read by threads\n");
	read_cold(ring);
	uring_destroy(ring);
}

/* From now on this process gets EPERM from system call @nr. */
static void refuse(unsigned int nr)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]), .filter = filter,
	};

	REQUIRE(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	REQUIRE(!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			 SECCOMP_FILTER_FLAG_TSYNC, &program));
}

/* A filter is for ever: each of these is a process of its own. */
static void in_a_child(void (*test)(void))
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		unit_ok = true;
		test();
		fflush(stdout);
		_exit(!unit_ok);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(status, 0);
}

static void without_setup(void)
{
	refuse(SYS_io_uring_setup);
	CHECK(!uring_create());
	read_cold(NULL);
}

static void without_enter(void)
{
	struct uring *ring = uring_create();

	refuse(SYS_io_uring_enter);
	read_cold(ring);
	read_cold(ring);
	uring_destroy(ring);
}

static void io_uring_is_refused(void)
{
	in_a_child(without_setup);
}

static void io_uring_is_refused_later(void)
{
	in_a_child(without_enter);
}

int main(void)
{
	memory.base = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(memory.base != MAP_FAILED);
	make_image();

	RUN(a_fast_request_overtakes_a_slow_one);
	RUN(a_full_queue);
	RUN(more_than_a_full_queue);
	RUN(reset_waits_for_what_is_in_flight);
	RUN(disabled_queue_has_nothing_in_flight);
	RUN(cold_reads_by_threads);
	RUN(cold_reads_by_io_uring);
	RUN(io_uring_is_refused);
	RUN(io_uring_is_refused_later);
	return unit_exit();
}
