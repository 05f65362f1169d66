/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * discoverable.h - partitions whose type says where they are mounted, as in the
 * Discoverable Partitions Specification of the UAPI Group.
 */
#ifndef COMMON_SYSTEM_DISCOVERABLE_H
#define COMMON_SYSTEM_DISCOVERABLE_H

#include <stdbool.h>

#include "common/storage/volume.h"

struct discoverable {
	const struct volume *volume;	/* with the file system */
	const char *target;
	bool read_only;
};

/* /home, /srv, /var, /var/tmp, /usr, /boot, and two for the ESP. */
#define DISCOVERABLE_MAX 8

/* Does the partition's type say that it is a root, and no flag that it is not mounted? */
bool discoverable_is_root(const struct volume *partition);

/*
 * discoverable_find - the partitions on the disk of a root
 * @root: the volume with its file system
 * @machine_id: the text of /etc/machine-id, or NULL: /var belongs to one system only
 *
 * In the order in which to mount them.  The ESP comes twice, for /efi and /boot.
 * Returns their number.
 */
unsigned int discoverable_find(const struct storage *storage,
			       const struct volume *root,
			       const char *machine_id,
			       struct discoverable found[DISCOVERABLE_MAX]);

/*
 * discoverable_var_uuid - the UUID of the partition that is a machine's /var
 * @ret_uuid: 37 bytes
 *
 * False: @machine_id is none, or there is no library for digests.
 */
bool discoverable_var_uuid(const char *machine_id, char *ret_uuid);

#endif /* COMMON_SYSTEM_DISCOVERABLE_H */
