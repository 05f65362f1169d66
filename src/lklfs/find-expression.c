// SPDX-License-Identifier: GPL-2.0-only
/*
 * find-expression.c - lklfs find: conditions that are combined with "!", "-a", "-o"
 * and parentheses.
 *
 * The grammar, in which the words are those of find(1):
 *
 *	or:	and [ "-o" and ]...
 *	and:	not [ ["-a"] not ]...
 *	not:	"!" not | "(" or ")" | test
 *
 * find_check() makes sure that the conditions are an "or".  After that, they are
 * evaluated for each file from left to right.  If the result of a part does not matter
 * any more, that part is skipped without a look at the file.
 */
#include "find.h"

#include <errno.h>

#include "common/error.h"

static bool is_test(const struct find_test *test)
{
	return test->kind < FIND_OPERATORS;
}

static const char *operator_name(enum find_kind kind)
{
	switch (kind) {
	case FIND_NOT:
		return "--not";
	case FIND_AND:
		return "--and";
	case FIND_OR:
		return "--or";
	default:
		return "(";
	}
}

int find_check(const struct find *find, struct lkl_error *err)
{
	const struct find_test *test, *before = NULL;
	unsigned int i, depth = 0;
	bool wants_condition;

	for (i = 0; i <= find->n; i++, before = test) {
		test = i < find->n ? &find->tests[i] : NULL;
		wants_condition = before && !is_test(before) &&
			before->kind != FIND_CLOSE;
		if (wants_condition &&
		    (!test || test->kind == FIND_AND || test->kind == FIND_OR ||
		     test->kind == FIND_CLOSE))
			return error_set(err, -EINVAL,
					 "find: no condition after %s",
					 operator_name(before->kind));
		if (!before && test && (test->kind == FIND_AND ||
					test->kind == FIND_OR))
			return error_set(err, -EINVAL,
					 "find: no condition before %s",
					 operator_name(test->kind));
		if (test && test->kind == FIND_OPEN)
			depth++;
		if (test && test->kind == FIND_CLOSE && !depth--)
			return error_set(err, -EINVAL,
					 "find: ) without ( before it");
	}
	return depth ? error_set(err, -EINVAL, "find: ( without ) after it") :
		0;
}

/* Where the evaluation is, and for which file. */
struct evaluation {
	const struct find *find;
	unsigned int at;
	int dir;
	const char *name, *path;
	const struct lkl_statx *st;
};

static enum find_kind kind_at(const struct evaluation *eval)
{
	return eval->at < eval->find->n ? eval->find->tests[eval->at].kind :
		FIND_OPERATORS;
}

/*
 * The functions evaluate one part, and move eval to the end of it.  They return 1, 0 or
 * -errno.  If @live is false, the result does not matter.
 */
static int evaluate_or(struct evaluation *eval, bool live);

static int evaluate_not(struct evaluation *eval, bool live)
{
	const struct find_test *test = &eval->find->tests[eval->at++];
	int ret;

	switch (test->kind) {
	case FIND_NOT:
		ret = evaluate_not(eval, live);
		return ret < 0 ? ret : !ret;
	case FIND_OPEN:
		ret = evaluate_or(eval, live);
		eval->at++;
		return ret;
	default:
		return live ? find_test_file(eval->find, test, eval->dir,
					     eval->name, eval->path,
					     eval->st) : 0;
	}
}

static int evaluate_and(struct evaluation *eval, bool live)
{
	int ret = evaluate_not(eval, live), next;

	while (kind_at(eval) != FIND_OPERATORS && kind_at(eval) != FIND_OR &&
	       kind_at(eval) != FIND_CLOSE) {
		if (kind_at(eval) == FIND_AND)
			eval->at++;
		next = evaluate_not(eval, live && ret > 0);
		ret = ret > 0 ? next : ret;
	}
	return ret;
}

static int evaluate_or(struct evaluation *eval, bool live)
{
	int ret = evaluate_and(eval, live), next;

	while (kind_at(eval) == FIND_OR) {
		eval->at++;
		next = evaluate_and(eval, live && !ret);
		ret = ret ? ret : next;
	}
	return ret;
}

int find_matches(const struct find *find, int dir, const char *name,
		 const char *path, const struct lkl_statx *st)
{
	struct evaluation eval = {
		.find = find, .dir = dir, .name = name, .path = path, .st = st,
	};

	return find->n ? evaluate_or(&eval, true) : 1;
}
