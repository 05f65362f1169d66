/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lvm-text.h - the text in which LVM keeps its metadata: named values, lists,
 * and sections that hold more of them.
 *
 * The text is hostile.  Its size, its depth and the number of its values are
 * limited.
 */
#ifndef STORAGE_LVM_TEXT_H
#define STORAGE_LVM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

#define LVM_TEXT_MAX	(16u << 20)	/* bytes */

enum lvm_type { LVM_NUMBER, LVM_STRING, LVM_LIST, LVM_SECTION };

struct lvm_value {
	enum lvm_type type;
	char *name;			/* "" in a list */
	uint64_t number;		/* of LVM_NUMBER */
	char *string;			/* of LVM_STRING */
	struct lvm_value *first;	/* of LVM_LIST and LVM_SECTION */
	struct lvm_value *next;		/* in the same list or section */
};

/*
 * lvm_text_parse - parse @len bytes
 * @ret_top: a section without a name; free it with lvm_text_free()
 *
 * Returns 0, -EINVAL with a sentence that has the number of the line, or
 * -ENOMEM.
 */
int lvm_text_parse(const char *text, size_t len, struct lvm_value **ret_top,
		   struct lkl_error *err);

/* lvm_text_free - @top may be NULL */
void lvm_text_free(struct lvm_value *top);

/* The value of a section that has a name and a type; NULL: none. */
const struct lvm_value *lvm_find(const struct lvm_value *section,
				 const char *name, enum lvm_type type);

/* The number, or @missing if there is none. */
uint64_t lvm_number(const struct lvm_value *section, const char *name,
		    uint64_t missing);

/* The string, or NULL. */
const char *lvm_string(const struct lvm_value *section, const char *name);

/* Is the string in the list of that name? */
bool lvm_list_has(const struct lvm_value *section, const char *name,
		  const char *string);

#endif /* STORAGE_LVM_TEXT_H */
