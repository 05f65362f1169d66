/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * protocol.h - the numbers of SFTP version 3 (draft-ietf-secsh-filexfer-02).
 */
#ifndef SFTP_PROTOCOL_H
#define SFTP_PROTOCOL_H

#define SFTP_VERSION	3u

enum sftp_type {
	SFTP_INIT = 1,
	SFTP_VERSION_REPLY = 2,
	SFTP_OPEN = 3,
	SFTP_CLOSE = 4,
	SFTP_READ = 5,
	SFTP_WRITE = 6,
	SFTP_LSTAT = 7,
	SFTP_FSTAT = 8,
	SFTP_SETSTAT = 9,
	SFTP_FSETSTAT = 10,
	SFTP_OPENDIR = 11,
	SFTP_READDIR = 12,
	SFTP_REMOVE = 13,
	SFTP_MKDIR = 14,
	SFTP_RMDIR = 15,
	SFTP_REALPATH = 16,
	SFTP_STAT = 17,
	SFTP_RENAME = 18,
	SFTP_READLINK = 19,
	SFTP_SYMLINK = 20,
	SFTP_STATUS = 101,
	SFTP_HANDLE = 102,
	SFTP_DATA = 103,
	SFTP_NAME = 104,
	SFTP_ATTRS = 105,
	SFTP_EXTENDED = 200,
	SFTP_EXTENDED_REPLY = 201,
};

enum sftp_status {
	SFTP_OK,
	SFTP_EOF,
	SFTP_NO_SUCH_FILE,
	SFTP_PERMISSION_DENIED,
	SFTP_FAILURE,
	SFTP_BAD_MESSAGE,
	SFTP_NO_CONNECTION,
	SFTP_CONNECTION_LOST,
	SFTP_OP_UNSUPPORTED,
};

/* Which members an ATTRS structure has. */
#define SFTP_ATTR_SIZE		0x1u
#define SFTP_ATTR_OWNER		0x2u
#define SFTP_ATTR_MODE		0x4u
#define SFTP_ATTR_TIMES		0x8u
#define SFTP_ATTR_EXTENDED	0x80000000u

/* How OPEN opens a file. */
#define SFTP_OPEN_READ		0x1u
#define SFTP_OPEN_WRITE		0x2u
#define SFTP_OPEN_APPEND	0x4u
#define SFTP_OPEN_CREATE	0x8u
#define SFTP_OPEN_TRUNCATE	0x10u
#define SFTP_OPEN_EXCLUSIVE	0x20u

/* Of statvfs@openssh.com. */
#define SFTP_STATVFS_READ_ONLY	0x1u
#define SFTP_STATVFS_NO_SUID	0x2u

/*
 * The limits of this server, which limits@openssh.com tells.  A packet is as
 * long as OpenSSH allows.  A read is a multiple of a page that fits into one.
 */
#define SFTP_PACKET_MAX		(256u << 10)
#define SFTP_READ_MAX		(SFTP_PACKET_MAX - 4096)
#define SFTP_WRITE_MAX		(SFTP_PACKET_MAX - 4096)
#define SFTP_HANDLES_MAX	1024u
#define SFTP_PATH_MAX		4096u	/* with the zero byte, as in Linux */

/*
 * Our own extension.  A client that names it in INIT gets more:
 *
 * - STATUS ends with a uint32, the errno of Linux.
 * - ATTRS have an extended pair of this name: see attributes_put().
 *
 * Whether a client names it or not, an extended pair SFTP_TIMES in the ATTRS of
 * a request sets times to the nanosecond: an int64 and a uint32 for the last
 * access, and the same for the last change.
 */
#define SFTP_DETAILS	"details@lkl"
#define SFTP_TIMES	"times@lkl"

/*
 * An extended request with two paths: the regular file of the first name takes owner,
 * permissions and extended attributes of the file of the second name, if there is
 * one, is synced, and replaces it.
 */
#define SFTP_REPLACE	"replace@lkl"

#endif /* SFTP_PROTOCOL_H */
