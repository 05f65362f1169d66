// SPDX-License-Identifier: GPL-2.0-only
/*
 * sources.c - the kinds of hosts from which nbdkit gets images, and the arguments of
 * its plugins for them.
 *
 * A name is taken apart here and passed as "KEY=VALUE", so that nothing in it can be
 * an option or another setting of nbdkit's.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "blk/error.h"
#include "sources.h"

/* ---- Web servers ---- */

/* A redirection may not lead to another protocol, such as file:. */
static int nbdkit_add_web(struct server_command *s, const char *path,
			  struct lkl_error *err)
{
	if (server_add_arg(s, "curl") || server_add_arg(s, "url=%s", path) ||
	    server_add_arg(s, "protocols=http,https"))
		return lkl_fail(err, -ENOMEM, "out of memory");
	return 0;
}

/* ---- SSH ---- */

static int nbdkit_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Replaces "%41" by "A".  Returns whether @text could be decoded. */
static bool nbdkit_decode(char *text)
{
	int high, low;
	char *to;

	for (to = text; *text; text++) {
		if (*text != '%') {
			*to++ = *text;
			continue;
		}
		high = nbdkit_hex_digit(text[1]);
		low = high < 0 ? -1 : nbdkit_hex_digit(text[2]);
		if (low < 0 || !(high || low))
			return false;
		*to++ = (char)(16 * high + low);
		text += 2;
	}
	*to = '\0';
	return true;
}

/* The parts of ssh://USER@HOST:PORT/PATH; they point into @text. */
struct ssh_name {
	char *text;
	const char *user, *host, *port, *path;	/* NULL: not given */
};

/*
 * "/~/x" is below the home directory of the user on the other host.  A bad name
 * leaves ->path NULL.
 */
static void ssh_name_split(char *text, struct ssh_name *name)
{
	char *slash = strchr(text, '/'), *at, *host = text, *end;

	*name = (struct ssh_name){ .text = text };
	if (!slash || !slash[1])
		return;
	*slash = '\0';
	at = strrchr(text, '@');
	if (at) {
		*at = '\0';
		name->user = text;
		host = at + 1;
	}
	end = *host == '[' ? strchr(host, ']') : host + strcspn(host, ":");
	if (*host == '[' && end) {
		host++;
		*end++ = '\0';
	}
	if (!end || (*end && *end != ':') || end == host)
		return;
	if (*end) {
		*end = '\0';
		name->port = end + 1;
	}
	name->host = host;
	*slash = '/';
	if (!nbdkit_decode(slash) || (name->user && !nbdkit_decode(text)))
		return;
	name->path = strncmp(slash, "/~/", 3) ? slash : slash + 3;
}

/* "%" stands for something else in names of files there. */
static int nbdkit_add_ssh_file(struct server_command *s, const char *key,
			       const char *folder, const char *name)
{
	char *path, *to;
	const char *from;
	int ret;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return -ENOMEM;
	if (access(path, R_OK)) {
		free(path);
		return 0;
	}
	to = malloc(2 * strlen(path) + 1);
	if (!to) {
		free(path);
		return -ENOMEM;
	}
	ret = 0;
	for (from = path; *from; from++) {
		if (*from == '%')
			to[ret++] = '%';
		to[ret++] = *from;
	}
	to[ret] = '\0';
	ret = server_add_arg(s, "%s=%s", key, to);
	free(to);
	free(path);
	return ret;
}

/* A folder in the home directory, which nbdkit may read.  NULL: no memory. */
static const char *nbdkit_add_settings(struct server_command *s,
				       const char *folder)
{
	const char *home = getenv("HOME");

	if (asprintf(&s->settings, "%s/%s", home && *home ? home : "/root",
		     folder) < 0)
		s->settings = NULL;
	s->limits.settings = s->settings;
	return s->settings;
}

static int nbdkit_add_ssh_settings(struct server_command *s,
				   const struct ssh_name *name)
{
	const char *folder = nbdkit_add_settings(s, ".ssh");

	s->limits.agent = getenv("SSH_AUTH_SOCK");
	if (!folder || server_add_arg(s, "ssh") ||
	    server_add_arg(s, "host=%s", name->host) ||
	    server_add_arg(s, "path=%s", name->path) ||
	    (name->user && server_add_arg(s, "user=%s", name->user)) ||
	    (name->port && server_add_arg(s, "port=%s", name->port)))
		return -ENOMEM;
	if (nbdkit_add_ssh_file(s, "known-hosts", folder, "known_hosts") ||
	    nbdkit_add_ssh_file(s, "identity", folder, "id_rsa") ||
	    nbdkit_add_ssh_file(s, "identity", folder, "id_ecdsa"))
		return -ENOMEM;
	return nbdkit_add_ssh_file(s, "identity", folder, "id_ed25519");
}

static int nbdkit_add_ssh(struct server_command *s, const char *path,
			  struct lkl_error *err)
{
	char *text = strdup(path + strlen("ssh://"));
	struct ssh_name name;
	int ret = 0;

	if (!text)
		return lkl_fail(err, -ENOMEM, "out of memory");
	ssh_name_split(text, &name);
	if (!name.path)
		ret = lkl_fail(err, -EINVAL,
			       "not of the form ssh://USER@HOST:PORT/PATH");
	else if (name.user && strchr(name.user, ':'))
		ret = lkl_fail(err, -EINVAL,
			       "a password in the name of an image is not supported: use a key");
	else if (nbdkit_add_ssh_settings(s, &name))
		ret = lkl_fail(err, -ENOMEM, "out of memory");
	free(text);
	return ret;
}

/* ---- S3 ---- */

/* The servers of other providers are named as for Amazon's own programs. */
static const char *s3_endpoint(void)
{
	const char *url = getenv("AWS_ENDPOINT_URL_S3");

	if (!url || !*url)
		url = getenv("AWS_ENDPOINT_URL");
	return url && *url ? url : NULL;
}

/*
 * The plugin is a script.  Started by its short name, nbdkit would forget the socket
 * that it was given.  The caller frees the path; NULL: it is not installed.
 */
static char *s3_plugin(void)
{
	static const char *const folders[] = {
		"/usr/local/lib", "/usr/lib/x86_64-linux-gnu",
		"/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib",
	};
	char *path;
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		if (asprintf(&path, "%s/nbdkit/plugins/nbdkit-S3-plugin",
			     folders[i]) < 0)
			return NULL;
		if (!access(path, R_OK))
			return path;
		free(path);
	}
	return NULL;
}

static int nbdkit_add_s3(struct server_command *s, const char *path,
			 struct lkl_error *err)
{
	const char *bucket = path + strlen("s3://");
	const char *key = strchr(bucket, '/'), *endpoint = s3_endpoint();
	char *plugin;
	int ret;

	if (!key || key == bucket || !key[1])
		return lkl_fail(err, -EINVAL, "not of the form s3://BUCKET/KEY");
	plugin = s3_plugin();
	if (!plugin)
		return lkl_fail(err, -ENOTSUP,
				"an image in S3 needs the plugin 'S3' of nbdkit, which is not installed (Debian: nbdkit-plugin-python, python3-boto3)");
	ret = server_add_arg(s, "python") || server_add_arg(s, "%s", plugin);
	free(plugin);
	if (ret || !nbdkit_add_settings(s, ".aws") ||
	    server_add_arg(s, "bucket=%.*s", (int)(key - bucket), bucket) ||
	    server_add_arg(s, "key=%s", key + 1) ||
	    (endpoint && server_add_arg(s, "endpoint-url=%s", endpoint)))
		return lkl_fail(err, -ENOMEM, "out of memory");
	return 0;
}

/* ---- All ---- */

static const struct nbdkit_source sources[] = {
	{ "http://", "an image on a web server", false, nbdkit_add_web },
	{ "https://", "an image on a web server", false, nbdkit_add_web },
	{ "ssh://", "an image on an SSH server", true, nbdkit_add_ssh },
	{ "s3://", "an image in S3", false, nbdkit_add_s3 },
};

const struct nbdkit_source *nbdkit_find_source(const char *path)
{
	size_t i;

	for (i = 0; i < sizeof(sources) / sizeof(*sources); i++)
		if (!strncmp(path, sources[i].prefix,
			     strlen(sources[i].prefix)))
			return &sources[i];
	return NULL;
}
