// SPDX-License-Identifier: GPL-2.0-only
/*
 * virtio.c - the device side of split virtqueues (virtio 1.2, section 2.7).
 *
 * This file turns descriptor chains into arrays of struct iovec that point into
 * the driver's memory, and returns finished chains to the driver.  It does not
 * know the requests that the chains hold.
 *
 * The driver may change all of its memory at any time, even the rings: it can
 * ask the device to read a disk into them.  Therefore this file copies every
 * value, checks the copy, and uses the copy.
 */
#include <endian.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <string.h>

#include "virtio.h"

#define load16(p)	le16toh(__atomic_load_n((p), __ATOMIC_RELAXED))
#define store16(p, v)	__atomic_store_n((p), htole16(v), __ATOMIC_RELAXED)
#define store32(p, v)	__atomic_store_n((p), htole32(v), __ATOMIC_RELAXED)

static void *memory_at(const struct virtio_memory *memory, uint64_t addr,
		       uint64_t len)
{
	if (len > memory->size || addr > memory->size - len)
		return NULL;
	return (char *)memory->base + addr;
}

/* The same for what must be aligned as the specification says. */
static void *ring_at(const struct virtio_memory *memory, uint64_t addr,
		     uint64_t len, unsigned int align)
{
	return addr & (align - 1) ? NULL : memory_at(memory, addr, len);
}

int virtq_enable(struct virtq *vq, const struct virtio_memory *memory,
		 uint64_t features)
{
	const struct vring_desc *desc;
	const struct vring_avail *avail;
	struct vring_used *used;
	size_t num = vq->num;

	if (!num || num > VIRTQ_NUM_MAX || num & (num - 1))
		return -EINVAL;
	/* Either ring ends with the other side's 16-bit event index. */
	desc = ring_at(memory, vq->desc_addr, num * sizeof(*desc),
		       VRING_DESC_ALIGN_SIZE);
	avail = ring_at(memory, vq->avail_addr,
			sizeof(*avail) + num * sizeof(avail->ring[0]) + 2,
			VRING_AVAIL_ALIGN_SIZE);
	used = ring_at(memory, vq->used_addr,
		       sizeof(*used) + num * sizeof(used->ring[0]) + 2,
		       VRING_USED_ALIGN_SIZE);
	if (!desc || !avail || !used)
		return -EINVAL;

	vq->memory = memory;
	vq->desc = desc;
	vq->avail = avail;
	vq->used = used;
	vq->indirect = features & 1ull << VIRTIO_RING_F_INDIRECT_DESC;
	vq->event_idx = features & 1ull << VIRTIO_RING_F_EVENT_IDX;
	vq->last_avail = 0;
	vq->last_used = 0;
	vq->signalled = 0;
	vq->ready = true;
	return 0;
}

void virtq_disable(struct virtq *vq)
{
	vq->ready = false;
}

/* A copy of one descriptor: indirect tables need not be aligned. */
static struct vring_desc read_desc(const struct vring_desc *table,
				   unsigned int index)
{
	struct vring_desc desc;

	memcpy(&desc, (const char *)table + index * sizeof(desc),
	       sizeof(desc));
	/* Keeps the compiler from reading it again where it is used. */
	__atomic_signal_fence(__ATOMIC_ACQ_REL);
	desc.addr = le64toh(desc.addr);
	desc.len = le32toh(desc.len);
	desc.flags = le16toh(desc.flags);
	desc.next = le16toh(desc.next);
	return desc;
}

static int add_buffer(struct virtq *vq, struct virtq_chain *chain,
		      const struct vring_desc *desc)
{
	unsigned int n = chain->nr_out + chain->nr_in;
	void *base = memory_at(vq->memory, desc->addr, desc->len);

	if (!base || !desc->len || n == VIRTQ_NUM_MAX)
		return -EPROTO;
	if (desc->flags & VRING_DESC_F_WRITE) {
		chain->nr_in++;
		chain->in_len += desc->len;
	} else if (!chain->nr_in) {
		chain->nr_out++;
		chain->out_len += desc->len;
	} else {
		return -EPROTO;
	}
	chain->iov[n].iov_base = base;
	chain->iov[n].iov_len = desc->len;
	return 0;
}

static int read_chain(struct virtq *vq, struct virtq_chain *chain)
{
	const struct vring_desc *table = vq->desc;
	unsigned int index = chain->head, num = vq->num;
	bool indirect = false;
	struct vring_desc desc;

	chain->nr_out = 0;
	chain->nr_in = 0;
	chain->out_len = 0;
	chain->in_len = 0;
	/* Ends, loop or not: add_buffer() refuses one more than there may be. */
	for (;;) {
		if (index >= num)
			return -EPROTO;
		desc = read_desc(table, index);
		if (desc.flags & VRING_DESC_F_INDIRECT) {
			/* The end of the chain is in a table of its own. */
			if (!vq->indirect || indirect ||
			    desc.flags & VRING_DESC_F_NEXT ||
			    !desc.len || desc.len % sizeof(desc))
				return -EPROTO;
			table = memory_at(vq->memory, desc.addr, desc.len);
			if (!table)
				return -EPROTO;
			indirect = true;
			num = desc.len / sizeof(desc);
			index = 0;
			continue;
		}
		if (add_buffer(vq, chain, &desc))
			return -EPROTO;
		if (!(desc.flags & VRING_DESC_F_NEXT))
			break;
		index = desc.next;
	}
	return chain->out_len + chain->in_len > UINT32_MAX ? -EPROTO : 0;
}

bool virtq_empty(const struct virtq *vq)
{
	return load16(&vq->avail->idx) == vq->last_avail;
}

int virtq_pop(struct virtq *vq, struct virtq_chain *chain)
{
	uint16_t idx, waiting;

	idx = le16toh(__atomic_load_n(&vq->avail->idx, __ATOMIC_ACQUIRE));
	waiting = idx - vq->last_avail;
	if (!waiting)
		return 0;
	if (waiting > vq->num)
		return -EPROTO;
	chain->head = load16(&vq->avail->ring[vq->last_avail & (vq->num - 1)]);
	if (read_chain(vq, chain))
		return -EPROTO;
	vq->last_avail++;
	return 1;
}

void virtq_push(struct virtq *vq, uint16_t head, uint32_t len)
{
	struct vring_used_elem *elem;

	elem = &vq->used->ring[vq->last_used & (vq->num - 1)];
	store32(&elem->id, (uint32_t)head);
	store32(&elem->len, len);
	vq->last_used++;
	/* The device's data must be visible before the index. */
	__atomic_store_n(&vq->used->idx, htole16(vq->last_used),
			 __ATOMIC_RELEASE);
}

bool virtq_rearm(struct virtq *vq)
{
	/* The index of the next notification is behind the used ring. */
	uint16_t *avail_event = (void *)&vq->used->ring[vq->num];

	if (vq->event_idx)
		store16(avail_event, vq->last_avail);
	/* The driver writes its index, then reads ours: one sees the other. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return load16(&vq->avail->idx) != vq->last_avail;
}

bool virtq_signal(struct virtq *vq)
{
	uint16_t before = vq->signalled;

	if (before == vq->last_used)
		return false;
	vq->signalled = vq->last_used;
	/* As in virtq_rearm(), for the other ring. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (vq->event_idx)
		return vring_need_event(load16(&vq->avail->ring[vq->num]),
					vq->last_used, before);
	return !(load16(&vq->avail->flags) & VRING_AVAIL_F_NO_INTERRUPT);
}
