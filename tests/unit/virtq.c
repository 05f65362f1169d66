// SPDX-License-Identifier: GPL-2.0-only
/*
 * virtq.c - tests of the device side of virtqueues: it reads well-formed rings
 * and refuses hostile ones.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <stdint.h>
#include <sys/mman.h>

#include "host/virtio.h"
#include "unit.h"

#define NEXT		VRING_DESC_F_NEXT
#define WRITE		VRING_DESC_F_WRITE
#define INDIRECT	VRING_DESC_F_INDIRECT

#define F_INDIRECT	(1ull << VIRTIO_RING_F_INDIRECT_DESC)
#define F_EVENT_IDX	(1ull << VIRTIO_RING_F_EVENT_IDX)

/* Where things are in the driver's memory. */
#define MEMORY_SIZE	(64ull << 20)
#define DESC		0x0000u
#define AVAIL		0x2000u
#define USED		0x3000u
#define TABLE		0x4000u		/* of indirect descriptors */
#define DATA		0x10000u

static struct virtio_memory memory = { .size = MEMORY_SIZE };
static struct virtq vq;
static struct virtq_chain chain;

#define at(type, addr)	((type *)((char *)memory.base + (addr)))
#define avail		at(struct vring_avail, AVAIL)
#define used		at(struct vring_used, USED)
/* Behind the used ring of a queue of 8. */
#define avail_event	at(uint16_t, USED + 4 + 8 * 8)

static void set(uint64_t table, unsigned int i, uint64_t addr, uint32_t len,
		uint16_t flags, uint16_t next)
{
	struct vring_desc d = {
		.addr = addr, .len = len, .flags = flags, .next = next,
	};

	memcpy(at(char, table + i * sizeof(d)), &d, sizeof(d));
}

static void offer(uint16_t head)
{
	avail->ring[avail->idx % vq.num] = head;
	avail->idx++;
}

static int setup(unsigned int num, uint64_t features)
{
	memset(memory.base, 0, DATA);
	memset(&vq, 0, sizeof(vq));
	memset(&chain, 0xaa, sizeof(chain));
	vq.num = num;
	vq.desc_addr = DESC;
	vq.avail_addr = AVAIL;
	vq.used_addr = USED;
	return virtq_enable(&vq, &memory, features);
}

/* The result of popping chain 0, in a fresh queue of 8. */
static int pop_one(void)
{
	offer(0);
	return virtq_pop(&vq, &chain);
}

static void queue_sizes(void)
{
	CHECK_EQ(setup(0, 0), -EINVAL);
	CHECK(!vq.ready);
	CHECK_EQ(setup(3, 0), -EINVAL);
	CHECK_EQ(setup(VIRTQ_NUM_MAX + 1, 0), -EINVAL);
	CHECK_EQ(setup(VIRTQ_NUM_MAX * 2, 0), -EINVAL);
	CHECK_EQ(setup(1u << 31, 0), -EINVAL);
	CHECK_EQ(setup(1, 0), 0);
	CHECK_EQ(setup(VIRTQ_NUM_MAX, 0), 0);
	CHECK(vq.ready);
}

static int enable_at(uint64_t desc, uint64_t avail_at, uint64_t used_at)
{
	setup(8, 0);
	virtq_disable(&vq);
	vq.desc_addr = desc;
	vq.avail_addr = avail_at;
	vq.used_addr = used_at;
	return virtq_enable(&vq, &memory, 0);
}

static void queue_addresses(void)
{
	const uint64_t end = MEMORY_SIZE;

	/* 8 descriptors of 16; 4 + 8 * 2 + 2; 4 + 8 * 8 + 2. */
	CHECK_EQ(enable_at(end - 128, AVAIL, USED), 0);
	CHECK_EQ(enable_at(end - 112, AVAIL, USED), -EINVAL);
	CHECK_EQ(enable_at(DESC, end - 22, USED), 0);
	CHECK_EQ(enable_at(DESC, end - 20, USED), -EINVAL);
	CHECK_EQ(enable_at(DESC, AVAIL, end - 72), 0);
	CHECK_EQ(enable_at(DESC, AVAIL, end - 68), -EINVAL);
	/* Alignment. */
	CHECK_EQ(enable_at(DESC + 8, AVAIL, USED), -EINVAL);
	CHECK_EQ(enable_at(DESC, AVAIL + 1, USED), -EINVAL);
	CHECK_EQ(enable_at(DESC, AVAIL, USED + 2), -EINVAL);
	/* Beyond the end, and around it. */
	CHECK_EQ(enable_at(end, AVAIL, USED), -EINVAL);
	CHECK_EQ(enable_at(DESC, end * 16, USED), -EINVAL);
	CHECK_EQ(enable_at(-16ull, AVAIL, USED), -EINVAL);
	CHECK_EQ(enable_at(DESC, -2ull, USED), -EINVAL);
	CHECK_EQ(enable_at(DESC, AVAIL, -4ull), -EINVAL);
}

static void empty_queue(void)
{
	CHECK_EQ(setup(8, 0), 0);
	CHECK_EQ(virtq_pop(&vq, &chain), 0);
	CHECK(!virtq_rearm(&vq));
	CHECK(!virtq_signal(&vq));
}

static void direct_chain(void)
{
	setup(8, 0);
	set(DESC, 3, DATA, 16, NEXT, 7);
	set(DESC, 7, DATA + 0x100, 512, NEXT | WRITE, 0);
	set(DESC, 0, DATA + 0x1000, 1, WRITE, 5);
	offer(3);
	CHECK_EQ(virtq_pop(&vq, &chain), 1);
	CHECK_EQ(chain.head, 3);
	CHECK_EQ(chain.nr_out, 1);
	CHECK_EQ(chain.nr_in, 2);
	CHECK_EQ(chain.out_len, 16);
	CHECK_EQ(chain.in_len, 513);
	CHECK(chain.iov[0].iov_base == at(char, DATA));
	CHECK_EQ(chain.iov[0].iov_len, 16);
	CHECK(chain.iov[1].iov_base == at(char, DATA + 0x100));
	CHECK_EQ(chain.iov[1].iov_len, 512);
	CHECK(chain.iov[2].iov_base == at(char, DATA + 0x1000));
	CHECK_EQ(chain.iov[2].iov_len, 1);
	CHECK_EQ(virtq_pop(&vq, &chain), 0);
	CHECK_EQ(used->idx, 0);
	virtq_push(&vq, 3, 513);
	CHECK_EQ(used->idx, 1);
	CHECK_EQ(used->ring[0].id, 3);
	CHECK_EQ(used->ring[0].len, 513);
}

static void longest_direct_chain(void)
{
	unsigned int i;

	setup(VIRTQ_NUM_MAX, 0);
	for (i = 0; i < VIRTQ_NUM_MAX; i++)
		set(DESC, i, DATA + i * 16, 16, NEXT, i + 1);
	set(DESC, i - 1, DATA, 16, WRITE, 0);
	CHECK_EQ(pop_one(), 1);
	CHECK_EQ(chain.nr_out, VIRTQ_NUM_MAX - 1);
	CHECK_EQ(chain.nr_in, 1);
}

/* A table of @n descriptors at @table, as descriptor 0. */
static void indirect_of(uint64_t table, unsigned int n)
{
	unsigned int i;

	setup(8, F_INDIRECT);
	for (i = 0; i < n; i++)
		set(table, i, DATA + i * 16, 16, i + 1 < n ? NEXT : WRITE,
		    i + 1);
	set(DESC, 0, table, n * sizeof(struct vring_desc), INDIRECT, 0);
}

static void indirect_chain(void)
{
	indirect_of(TABLE, 3);
	CHECK_EQ(pop_one(), 1);
	CHECK_EQ(chain.head, 0);
	CHECK_EQ(chain.nr_out, 2);
	CHECK_EQ(chain.nr_in, 1);
	CHECK(chain.iov[2].iov_base == at(char, DATA + 32));
}

/* Longer than the queue is, as Linux does with a queue that it made small. */
static void longest_indirect_chain(void)
{
	indirect_of(TABLE, VIRTQ_NUM_MAX);
	CHECK_EQ(pop_one(), 1);
	CHECK_EQ(chain.nr_out, VIRTQ_NUM_MAX - 1);
	indirect_of(TABLE, VIRTQ_NUM_MAX + 1);
	CHECK_EQ(pop_one(), -EPROTO);
}

static void indirect_after_direct(void)
{
	indirect_of(TABLE, 2);
	set(DESC, 5, TABLE, 32, INDIRECT | WRITE, 0);
	set(DESC, 0, DATA, 16, NEXT, 5);
	CHECK_EQ(pop_one(), 1);
	CHECK_EQ(chain.nr_out, 2);
	CHECK_EQ(chain.nr_in, 1);
}

static void indirect_unaligned(void)
{
	indirect_of(TABLE + 1, 3);
	CHECK_EQ(pop_one(), 1);
	CHECK_EQ(chain.nr_in, 1);
}

static void indirect_unused_entries(void)
{
	indirect_of(TABLE, 2);
	set(DESC, 0, TABLE, 0x8000, INDIRECT, 0);
	CHECK_EQ(pop_one(), 1);
	CHECK_EQ(chain.nr_out, 1);
}

static void indirect_not_negotiated(void)
{
	indirect_of(TABLE, 2);
	virtq_disable(&vq);
	CHECK_EQ(virtq_enable(&vq, &memory, F_EVENT_IDX), 0);
	CHECK_EQ(pop_one(), -EPROTO);
}

static void indirect_bad_sizes(void)
{
	static const uint32_t sizes[] = { 0, 1, 8, 15, 17, 33, 0xffffffff,
					  0xfffffff0 };
	unsigned int i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		indirect_of(TABLE, 2);
		set(DESC, 0, TABLE, sizes[i], INDIRECT, 0);
		CHECK_EQ(pop_one(), -EPROTO);
	}
}

static void indirect_bad_addresses(void)
{
	static const uint64_t addrs[] = { MEMORY_SIZE, MEMORY_SIZE - 16,
					  -16ull, -32ull, 1ull << 63 };
	unsigned int i;

	for (i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++) {
		indirect_of(TABLE, 2);
		set(DESC, 0, addrs[i], 32, INDIRECT, 0);
		CHECK_EQ(pop_one(), -EPROTO);
	}
}

static void indirect_within_indirect(void)
{
	indirect_of(TABLE, 2);
	set(TABLE, 1, TABLE, 32, INDIRECT, 0);
	CHECK_EQ(pop_one(), -EPROTO);
	/* The same through the queue's own table. */
	setup(8, F_INDIRECT);
	set(DESC, 0, DESC, 128, INDIRECT, 0);
	CHECK_EQ(pop_one(), -EPROTO);
}

static void indirect_with_next(void)
{
	indirect_of(TABLE, 2);
	set(DESC, 0, TABLE, 32, INDIRECT | NEXT, 1);
	set(DESC, 1, DATA, 16, WRITE, 0);
	CHECK_EQ(pop_one(), -EPROTO);
}

static void indirect_next_out_of_table(void)
{
	indirect_of(TABLE, 2);
	set(TABLE, 0, DATA, 16, NEXT, 2);
	CHECK_EQ(pop_one(), -EPROTO);
	set(TABLE, 0, DATA, 16, NEXT, 0xffff);
	vq.last_avail = avail->idx = 0;
	CHECK_EQ(pop_one(), -EPROTO);
}

static void loops(void)
{
	setup(8, F_INDIRECT);
	set(DESC, 0, DATA, 16, NEXT, 0);
	CHECK_EQ(pop_one(), -EPROTO);

	setup(8, F_INDIRECT);
	set(DESC, 0, DATA, 16, NEXT, 1);
	set(DESC, 1, DATA, 16, NEXT, 2);
	set(DESC, 2, DATA, 16, NEXT, 1);
	CHECK_EQ(pop_one(), -EPROTO);

	setup(VIRTQ_NUM_MAX, F_INDIRECT);
	set(DESC, 0, DATA, 16, NEXT | WRITE, 255);
	set(DESC, 255, DATA, 16, NEXT | WRITE, 0);
	CHECK_EQ(pop_one(), -EPROTO);

	indirect_of(TABLE, 3);
	set(TABLE, 2, DATA, 16, NEXT, 0);
	CHECK_EQ(pop_one(), -EPROTO);

	/* In a table so long that its own length is no limit. */
	indirect_of(TABLE, 2);
	set(DESC, 0, TABLE, 0x8000, INDIRECT, 0);
	set(TABLE, 1, DATA, 16, NEXT, 0);
	CHECK_EQ(pop_one(), -EPROTO);
}

static void next_out_of_queue(void)
{
	setup(8, 0);
	set(DESC, 0, DATA, 16, NEXT, 8);
	CHECK_EQ(pop_one(), -EPROTO);
	setup(8, 0);
	set(DESC, 0, DATA, 16, NEXT, 0xffff);
	CHECK_EQ(pop_one(), -EPROTO);
}

static void head_out_of_queue(void)
{
	setup(8, 0);
	set(DESC, 8, DATA, 16, 0, 0);
	offer(8);
	CHECK_EQ(virtq_pop(&vq, &chain), -EPROTO);
	setup(8, 0);
	offer(0xffff);
	CHECK_EQ(virtq_pop(&vq, &chain), -EPROTO);
}

static void index_too_far(void)
{
	setup(8, 0);
	set(DESC, 0, DATA, 16, 0, 0);
	avail->idx = 8;
	CHECK_EQ(virtq_pop(&vq, &chain), 1);
	setup(8, 0);
	set(DESC, 0, DATA, 16, 0, 0);
	avail->idx = 9;
	CHECK_EQ(virtq_pop(&vq, &chain), -EPROTO);
	avail->idx = 0xffff;
	CHECK_EQ(virtq_pop(&vq, &chain), -EPROTO);
}

static int pop_buffer(uint64_t addr, uint32_t len)
{
	setup(8, 0);
	set(DESC, 0, addr, len, 0, 0);
	return pop_one();
}

static void buffer_addresses(void)
{
	CHECK_EQ(pop_buffer(MEMORY_SIZE - 1, 1), 1);
	CHECK_EQ(pop_buffer(0, MEMORY_SIZE), 1);
	CHECK_EQ(pop_buffer(0, MEMORY_SIZE + 1), -EPROTO);
	CHECK_EQ(pop_buffer(MEMORY_SIZE, 1), -EPROTO);
	CHECK_EQ(pop_buffer(MEMORY_SIZE - 1, 2), -EPROTO);
	CHECK_EQ(pop_buffer(DATA, 0xffffffff), -EPROTO);
	CHECK_EQ(pop_buffer(-1ull, 1), -EPROTO);
	CHECK_EQ(pop_buffer(-1ull, 2), -EPROTO);
	CHECK_EQ(pop_buffer(-4096ull, 8192), -EPROTO);
	CHECK_EQ(pop_buffer(1ull << 63, 1), -EPROTO);
}

static void empty_buffer(void)
{
	CHECK_EQ(pop_buffer(DATA, 0), -EPROTO);
	CHECK_EQ(pop_buffer(MEMORY_SIZE, 0), -EPROTO);
}

static void readable_after_writable(void)
{
	setup(8, 0);
	set(DESC, 0, DATA, 16, NEXT | WRITE, 1);
	set(DESC, 1, DATA, 16, 0, 0);
	CHECK_EQ(pop_one(), -EPROTO);
}

/* 64 buffers of 64 MiB are 4 GiB: more than a used length can say. */
static void chain_of_four_gigabytes(void)
{
	unsigned int i;

	setup(64, 0);
	for (i = 0; i < 64; i++)
		set(DESC, i, 0, MEMORY_SIZE, i < 63 ? NEXT : WRITE, i + 1);
	CHECK_EQ(pop_one(), -EPROTO);

	setup(64, 0);
	for (i = 0; i < 63; i++)
		set(DESC, i, 0, MEMORY_SIZE, i < 62 ? NEXT : WRITE, i + 1);
	CHECK_EQ(pop_one(), 1);
	CHECK_EQ(chain.out_len + chain.in_len, 63 * MEMORY_SIZE);
}

/* Indices run through 65536 and the ring's length independently. */
static void indices_wrap(void)
{
	unsigned int i, bad = 0;

	setup(8, F_EVENT_IDX);
	for (i = 0; i < 8; i++)
		set(DESC, i, DATA + i, 1, WRITE, 0);
	for (i = 0; i < 200000; i++) {
		avail->ring[8] = i;	/* used_event: each one */
		offer(i % 8);
		bad += virtq_pop(&vq, &chain) != 1;
		bad += chain.head != i % 8;
		virtq_push(&vq, chain.head, i);
		bad += used->idx != (uint16_t)(i + 1);
		bad += used->ring[i % 8].id != i % 8;
		bad += used->ring[i % 8].len != i;
		bad += virtq_rearm(&vq);
		bad += *avail_event != (uint16_t)(i + 1);
		bad += !virtq_signal(&vq);
	}
	CHECK_EQ(bad, 0);
}

static void out_of_order(void)
{
	unsigned int i;

	setup(8, 0);
	for (i = 0; i < 8; i++) {
		set(DESC, i, DATA + i, 1, WRITE, 0);
		offer(i);
		CHECK_EQ(virtq_pop(&vq, &chain), 1);
	}
	for (i = 0; i < 8; i++)
		virtq_push(&vq, i ^ 5, i);
	CHECK_EQ(used->idx, 8);
	for (i = 0; i < 8; i++)
		CHECK_EQ(used->ring[i].id, i ^ 5);
}

static void push(unsigned int n)
{
	while (n--)
		virtq_push(&vq, 0, 0);
}

static void interrupts_by_flag(void)
{
	setup(8, 0);
	CHECK(!virtq_signal(&vq));
	push(1);
	CHECK(virtq_signal(&vq));
	CHECK(!virtq_signal(&vq));
	avail->flags = VRING_AVAIL_F_NO_INTERRUPT;
	push(3);
	CHECK(!virtq_signal(&vq));
	avail->flags = 0;
	push(1);
	CHECK(virtq_signal(&vq));
}

static void interrupts_by_event_index(void)
{
	setup(8, F_EVENT_IDX);
	/* The flag means nothing now. */
	avail->flags = VRING_AVAIL_F_NO_INTERRUPT;
	avail->ring[8] = 0;
	push(1);
	CHECK(virtq_signal(&vq));
	CHECK(!virtq_signal(&vq));
	/* It asked for the first only. */
	push(2);
	CHECK(!virtq_signal(&vq));
	/* Used index 5 is wanted: not with 4, but with a batch beyond it. */
	avail->ring[8] = 4;
	push(1);
	CHECK(!virtq_signal(&vq));
	push(3);
	CHECK(virtq_signal(&vq));
}

static void notifications(void)
{
	setup(8, F_EVENT_IDX);
	set(DESC, 0, DATA, 16, 0, 0);
	offer(0);
	offer(0);
	CHECK_EQ(virtq_pop(&vq, &chain), 1);
	CHECK(virtq_rearm(&vq));
	CHECK_EQ(virtq_pop(&vq, &chain), 1);
	CHECK(!virtq_rearm(&vq));
	CHECK_EQ(*avail_event, 2);
	/* Without the feature that place is not the device's to write. */
	setup(8, 0);
	*avail_event = 0x1234;
	set(DESC, 0, DATA, 16, 0, 0);
	offer(0);
	CHECK_EQ(virtq_pop(&vq, &chain), 1);
	CHECK(!virtq_rearm(&vq));
	CHECK_EQ(*avail_event, 0x1234);
	CHECK_EQ(used->flags, 0);
}

int main(void)
{
	memory.base = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	REQUIRE(memory.base != MAP_FAILED);

	RUN(queue_sizes);
	RUN(queue_addresses);
	RUN(empty_queue);
	RUN(direct_chain);
	RUN(longest_direct_chain);
	RUN(indirect_chain);
	RUN(longest_indirect_chain);
	RUN(indirect_after_direct);
	RUN(indirect_unaligned);
	RUN(indirect_unused_entries);
	RUN(indirect_not_negotiated);
	RUN(indirect_bad_sizes);
	RUN(indirect_bad_addresses);
	RUN(indirect_within_indirect);
	RUN(indirect_with_next);
	RUN(indirect_next_out_of_table);
	RUN(loops);
	RUN(next_out_of_queue);
	RUN(head_out_of_queue);
	RUN(index_too_far);
	RUN(buffer_addresses);
	RUN(empty_buffer);
	RUN(readable_after_writable);
	RUN(chain_of_four_gigabytes);
	RUN(indices_wrap);
	RUN(out_of_order);
	RUN(interrupts_by_flag);
	RUN(interrupts_by_event_index);
	RUN(notifications);
	return unit_exit();
}
