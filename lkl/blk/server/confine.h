/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * confine.h - confines the process of a server before it runs its program.
 */
#ifndef LKL_BLK_SERVER_CONFINE_H
#define LKL_BLK_SERVER_CONFINE_H

#include <stdbool.h>

/* Of what a program needs.  All zero: its own libraries, and nothing else. */
struct server_limits {
	const char *image;	/* a file that it may read, or NULL */
	bool writable;		/* it may also write to the image */
	/*
	 * It may read all files and, if @writable, write to the files in the
	 * folder of the image.
	 */
	bool named_files;
	bool network;		/* it may connect to other hosts */
	/* Settings and keys for @network in a folder that it may read, or NULL. */
	const char *settings;
	bool agent;		/* it may connect to local sockets, for ssh-agent */
	const char *temporary;	/* a folder that it may make files in, or NULL */
};

/*
 * server_confine - confine the calling process and the program that it runs
 * @program: path of the program
 *
 * Async-signal-safe.  The layers are no_new_privs, the capability bounding set,
 * Landlock for files, and a seccomp filter that refuses sockets (with @network
 * only local ones), processes and calls that reach beyond open files.  A layer
 * that the host does not have is left out.  Returns 0 or -errno.
 */
int server_confine(const struct server_limits *limits, const char *program);

#endif /* LKL_BLK_SERVER_CONFINE_H */
