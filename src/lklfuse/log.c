// SPDX-License-Identifier: GPL-2.0-only
/*
 * log.c - where messages go once nobody waits for them.
 */
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

static bool detached;
static char log_image[256];

static pthread_mutex_t news_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t news_mark;		/* news_lock */
static bool panic_told;			/* news_lock */
static atomic_uint errors_told;
static unsigned int errors_before;

void log_open(const char *image)
{
	snprintf(log_image, sizeof(log_image), "%s", quote_name(image));
	openlog("lklfuse", LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

void log_detach(void)
{
	detached = true;
}

void log_error(const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (detached)
		syslog(LOG_ERR, "%s", text);
	else
		report_error("%s", text);
}

void log_begin(void)
{
	news_mark = klog_mark();
	errors_before = session_kernel_errors();
	atomic_store(&errors_told, errors_before);
}

bool log_has_kernel_errors(void)
{
	return session_kernel_errors() != errors_before;
}

void log_kernel_news(void)
{
	unsigned int errors = session_kernel_errors();
	char reason[512];

	if (errors == atomic_load(&errors_told))
		return;
	pthread_mutex_lock(&news_lock);
	if (errors != atomic_load(&errors_told)) {
		atomic_store(&errors_told, errors);
		if (klog_reason(&news_mark, reason, sizeof(reason)))
			log_error("%s: kernel: %s", log_image, reason);
		if (session_panic() && !panic_told) {
			panic_told = true;
			log_error("%s: the kernel panicked: %s", log_image,
				  session_panic());
		}
	}
	pthread_mutex_unlock(&news_lock);
}
