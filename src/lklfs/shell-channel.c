// SPDX-License-Identifier: GPL-2.0-only
/*
 * shell-channel.c - messages between the two processes of lklfs shell.
 */
#include "shell.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cli/quote.h"
#include "common/copy/job.h"
#include "common/whole.h"

struct header {
	uint32_t kind, len;
	int32_t status;
};

static int read_all(int fd, void *data, size_t len)
{
	char *at = data;
	ssize_t n;

	while (len) {
		n = read(fd, at, len);
		if (n < 0 && errno == EINTR && !job_interrupted())
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EPIPE;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int shell_send(const struct shell_channel *channel, enum shell_kind kind,
	       int status, const char *text, size_t len)
{
	const struct header header = {
		.kind = kind, .len = (uint32_t)len, .status = status,
	};

	if (len > SHELL_TEXT_MAX)
		return -E2BIG;
	return write_whole(channel->out, &header, sizeof(header)) &&
		write_whole(channel->out, text, len) ? 0 : -errno;
}

int shell_receive(const struct shell_channel *channel,
		  enum shell_kind *ret_kind, int *ret_status, char **ret_text,
		  size_t *ret_len)
{
	struct header header;
	char *text;
	int ret = read_all(channel->in, &header, sizeof(header));

	if (ret < 0)
		return ret;
	if (header.len > SHELL_TEXT_MAX || header.kind > SHELL_ANSWER)
		return -EPROTO;
	text = malloc((size_t)header.len + 1);
	if (!text)
		return -ENOMEM;
	ret = read_all(channel->in, text, header.len);
	if (ret < 0) {
		free(text);
		return ret;
	}
	text[header.len] = '\0';
	*ret_kind = (enum shell_kind)header.kind;
	*ret_status = header.status;
	*ret_text = text;
	*ret_len = header.len;
	return 0;
}

/*
 * Drops names that are not plain text: the image may have taken over the process
 * that sent them.  @text ends with a zero byte.  Returns the new length.
 */
static size_t keep_printable(char *text, size_t len)
{
	size_t size, kept = 0, at;

	for (at = 0; at < len; at += size) {
		size = strlen(text + at) + 1;
		if (strcmp(quote_name(text + at), text + at) != 0)
			continue;
		memmove(text + kept, text + at, size);
		kept += size;
	}
	return kept;
}

int shell_complete(const struct shell_channel *channel, const char *begin,
		   char **ret_text, size_t *ret_len)
{
	size_t len = 0;
	enum shell_kind kind;
	int status, ret;

	while (begin[len])
		len++;
	ret = shell_send(channel, SHELL_COMPLETE, 0, begin, len);
	if (!ret)
		ret = shell_receive(channel, &kind, &status, ret_text,
				    ret_len);
	if (!ret)
		*ret_len = keep_printable(*ret_text, *ret_len);
	return ret;
}
