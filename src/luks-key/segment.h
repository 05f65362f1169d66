/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * segment.h - where the data of a LUKS2 volume are.
 */
#ifndef LUKS_KEY_SEGMENT_H
#define LUKS_KEY_SEGMENT_H

struct crypt_device;
struct luks_result;

/*
 * segment_read - fill result->length
 *
 * Fails, with the sentence in @result, if the volume has more than one segment.
 */
int segment_read(struct crypt_device *device, struct luks_result *result);

#endif /* LUKS_KEY_SEGMENT_H */
