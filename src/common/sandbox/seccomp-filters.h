/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * seccomp-filters.h - the filters of system calls that the build generates:
 * generate-seccomp.c writes them, seccomp.c loads one of them.
 */
#ifndef TOOLS_SECCOMP_FILTERS_H
#define TOOLS_SECCOMP_FILTERS_H

/* The calls on paths that a filter allows; each includes those before it. */
enum seccomp_paths {
	SECCOMP_NO_PATHS,
	SECCOMP_READ,
	SECCOMP_WRITE,
	SECCOMP_TRACER,			/* and processes that are traced */
	SECCOMP_PROGRAMS,		/* and all that programs need */
	SECCOMP_PATHS			/* their number */
};

/* The calls on sockets that a filter allows; each includes those before it. */
enum seccomp_network {
	SECCOMP_NO_NETWORK,
	SECCOMP_CONNECTED,		/* use connected sockets */
	SECCOMP_TLS,			/* and what TLS needs */
	SECCOMP_CONNECT,		/* make and connect sockets */
	SECCOMP_NETWORKS		/* their number */
};

/*
 * Stands for the process id in the filters; seccomp.c replaces it.  No other
 * constant in a filter has this value: it is above the largest process id, and
 * no system call or ioctl has this number.
 */
#define SECCOMP_PID_PLACEHOLDER 0x7b5a1d5eu

#endif /* TOOLS_SECCOMP_FILTERS_H */
