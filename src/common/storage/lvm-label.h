/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lvm-label.h - the label of a physical volume of LVM, and the copies of the
 * metadata on it.
 */
#ifndef STORAGE_LVM_LABEL_H
#define STORAGE_LVM_LABEL_H

#include "common/image/probe-copy.h"

#define LVM_ID_MAX	40		/* 32 letters and 6 dashes */
#define LVM_COPIES	2		/* of the metadata on one volume */

struct lvm_label {
	char id[LVM_ID_MAX];
	unsigned int n_copies;		/* that are whole; 0 is not an error */
	struct {
		char *text;		/* no zero at the end */
		size_t len;
	} copies[LVM_COPIES];
	char damage[96];		/* of a copy that is not; or empty */
};

/*
 * lvm_label_read - find the label and read the copies whose checksum is right
 * @ret_label: free it with lvm_label_free()
 */
int lvm_label_read(const struct probe_source *source,
		   struct lvm_label *ret_label, struct lkl_error *err);

void lvm_label_free(struct lvm_label *label);

#endif /* STORAGE_LVM_LABEL_H */
