/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * key-options.h - the options that say where keys of encrypted volumes are.
 */
#ifndef STORAGE_KEY_OPTIONS_H
#define STORAGE_KEY_OPTIONS_H

#include <stdbool.h>

#include <lkl.h>

/* A system has a few encrypted volumes. */
#define KEY_SOURCES_MAX 32u

/* The largest one that VeraCrypt takes. */
#define VERACRYPT_PIM_MAX 2147468u

/* A file or a descriptor; never the key itself, which others could see. */
struct key_source {
	const char *path;		/* NULL: a descriptor */
	int fd;
	bool is_file;			/* all bytes count, also of a descriptor */
	/* Belongs to this volume alone; "" for all.  Not terminated by a zero byte. */
	const char *volume;
	unsigned int volume_len;
};

/* All zero: no option was given.  Strings point into argv. */
struct key_options {
	struct key_source sources[KEY_SOURCES_MAX];
	unsigned int n_sources;
	/* Of --unlock. */
	const char *unlock[KEY_SOURCES_MAX];
	unsigned int n_unlock;
	bool unlock_all;
	const char *luks_header;	/* a file, or NULL: on the volume */
	/* One volume is of VeraCrypt or TrueCrypt; nothing in it shows that. */
	bool veracrypt;
	bool veracrypt_hidden;		/* the hidden volume in it */
	unsigned int veracrypt_pim;	/* 0: none */
	bool allow_discards;
	/* Not an option: ask once for a volume that is opened again. */
	bool keep_typed;
};

/* The options --image-key-file and --image-key-fd. */
int image_key_set_file(struct key_source *key, const char *path,
		       struct lkl_error *err);
int image_key_set_fd(struct key_source *key, const char *fd,
		     struct lkl_error *err);

/* image_key_is_set - was one of them given? */
bool image_key_is_set(const struct key_source *key);

/* image_key_open - a descriptor, which the caller closes, or -errno */
int image_key_open(const struct key_source *key, struct lkl_error *err);

/* The options --key-file, --key-fd and --key; they check their argument. */
int key_options_add_file(struct key_options *options, const char *path,
			 struct lkl_error *err);
int key_options_add_fd(struct key_options *options, const char *fd,
		       struct lkl_error *err);
int key_options_add(struct key_options *options, const char *argument,
		    struct lkl_error *err);

/* The option --unlock: a volume, or "all". */
int key_options_add_unlock(struct key_options *options, const char *volume,
			   struct lkl_error *err);

/* The option --veracrypt; @argument may be NULL. */
int key_options_set_veracrypt(struct key_options *options,
			      const char *argument, struct lkl_error *err);

/*
 * key_options_unmarked - the option that says that a volume is encrypted
 *
 * Nothing in the volume tells.  Returns the name of the option for messages; NULL: none
 * was given.
 */
const char *key_options_unmarked(const struct key_options *options);

/* key_options_check - do the options fit together?  0 or -EINVAL */
int key_options_check(const struct key_options *options,
		      struct lkl_error *err);

/*
 * key_options_close - close the descriptors, which only the guardian needs
 * @keep_input: not standard input; otherwise it becomes /dev/null
 */
void key_options_close(const struct key_options *options, bool keep_input);

/* Is the source for a volume that has this name?  UUIDs have no case. */
bool key_source_is_for(const struct key_source *source, const char *name);

/* The same for an argument of --unlock. */
bool key_unlock_is_for(const char *unlock, const char *name);

/* Does --unlock or --key name the volume that has this name? */
bool key_options_name(const struct key_options *options, const char *name);

#endif /* STORAGE_KEY_OPTIONS_H */
