// SPDX-License-Identifier: GPL-2.0-only
/* log.c - messages of the daemon: to standard error or to the system log. */
#include "log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <syslog.h>

#include "common/image/klog.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/image/session.h"

static bool to_syslog, verbose;
static char log_image[256];

static pthread_mutex_t last_error_lock = PTHREAD_MUTEX_INITIALIZER;
/* Protected by last_error_lock. */
static char last_error[1024];
static bool last_error_stays, ending;

static pthread_mutex_t kernel_log_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t kernel_log_mark;	/* protected by kernel_log_lock */
static bool panic_logged;		/* protected by kernel_log_lock */
static atomic_uint errors_logged;
static unsigned int errors_before;

void log_open(const char *image)
{
	snprintf(log_image, sizeof(log_image), "%s", quote_name(image));
	openlog("lklfuse", LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

void log_to_syslog(void)
{
	to_syslog = true;
}

void log_ending(void)
{
	pthread_mutex_lock(&last_error_lock);
	ending = true;
	pthread_mutex_unlock(&last_error_lock);
}

void log_last_error(char *buf, size_t size)
{
	pthread_mutex_lock(&last_error_lock);
	snprintf(buf, size, "%s", last_error);
	pthread_mutex_unlock(&last_error_lock);
}

static void remember_error(const char *text)
{
	pthread_mutex_lock(&last_error_lock);
	if (!last_error_stays)
		snprintf(last_error, sizeof(last_error), "%s", text);
	last_error_stays = ending;
	pthread_mutex_unlock(&last_error_lock);
}

/* @report prints it if there is a standard error. */
static void __attribute__((format(printf, 3, 0)))
log_message(int priority, void (*report)(const char *format, ...),
	    const char *format, va_list args)
{
	char text[1024];

	vsnprintf(text, sizeof(text), format, args);
	if (priority == LOG_ERR)
		remember_error(text);
	if (to_syslog)
		syslog(priority, "%s", text);
	else
		report("%s", text);
}

void log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_message(LOG_ERR, report_error, format, args);
	va_end(args);
}

void log_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_message(LOG_WARNING, report_warning, format, args);
	va_end(args);
}

void log_set_verbose(void)
{
	verbose = true;
}

void log_verbose(const char *format, ...)
{
	va_list args;

	if (!verbose)
		return;
	va_start(args, format);
	log_message(LOG_INFO, report_line, format, args);
	va_end(args);
}

void log_mount_done(void)
{
	kernel_log_mark = klog_mark();
	errors_before = session_kernel_errors();
	atomic_store(&errors_logged, errors_before);
}

bool log_has_kernel_errors(void)
{
	return session_kernel_errors() != errors_before;
}

void log_kernel_errors(void)
{
	unsigned int errors = session_kernel_errors();
	char reason[512];

	if (errors == atomic_load(&errors_logged))
		return;
	pthread_mutex_lock(&kernel_log_lock);
	if (errors != atomic_load(&errors_logged)) {
		atomic_store(&errors_logged, errors);
		if (klog_reason(&kernel_log_mark, reason, sizeof(reason)))
			log_error("%s: kernel: %s", log_image, reason);
		if (session_panic() && !panic_logged) {
			panic_logged = true;
			log_error("%s: the kernel panicked: %s", log_image,
				  session_panic());
		}
	}
	pthread_mutex_unlock(&kernel_log_lock);
}
