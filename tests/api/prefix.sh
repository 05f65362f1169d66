#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Input and output of the prefixer, for C of the kernel's headers and its kin.

set -eu
export PYTHONDONTWRITEBYTECODE=1
headers=$top_srcdir/lkl/api/headers.py

# The headers are separate, since some names are common to them all.
mkdir -p in/linux in/asm-generic in/sound
cat >in/linux/one.h <<'END'
/* struct one, ONE and one_t are not renamed in comments. */
#ifndef _LINUX_ONE_H
#define _LINUX_ONE_H
#include <stddef.h>
#include <linux/two.h>
# include <asm-generic/two.h>	/* <linux/two.h> */
#if defined(__GLIBC__) && !defined(ONE) || __STDC_VERSION__ > 1
#endif
#define ONE	(1 << 3)	/* ONE */
#define ONE_STRING "ONE" "one_t" 'O'
#define one_of(x)	((x)->one.two + (x)->flags + ONE)
#define MINOR(x) (x)
#define ONE_FLAG_MINOR 1
#define flag(name) (ONE_FLAG_##name)
#define one_member one.two
#define one_old one
#define one_offset offsetof(struct one, flags)
#define many \
	(ONE | \
	 TWO)
typedef unsigned int one_t, *one_ptr;
typedef int (*one_fn)(struct one *one, one_t flags);
enum one_kind { ONE_A, ONE_B = ONE, ONE_C };
struct one {
	one_t one_t;
	struct two two[ONE], *ONE_A;
	union { one_t one_fn; struct { int ONE_B : 3; }; } u;
	int (*one_of)(int flags);
	unsigned long st_atime;
	char class_[ONE_C + sizeof(struct one *)];
} __attribute__((packed));
static __inline__ int one_flags(const struct one *one)
{
	return one->one_t + flag(MINOR) + MINOR(one->u.one_fn);
}
#ifdef __cplusplus
extern "C" {
#endif
extern int one_count;
#ifdef __cplusplus
}
#endif
#endif
END
echo 'struct two { int flags; };
#define TWO 2' >in/linux/two.h
echo '#define flags_of(x) x' >in/asm-generic/two.h
echo '#define SOUND 1' >in/sound/other.h

cat >expected <<'END'
/* struct one, ONE and one_t are not renamed in comments. */
#ifndef LKL__LINUX_ONE_H
#define LKL__LINUX_ONE_H
#include <stddef.h>
#include <lkl/linux/two.h>
# include <lkl/asm-generic/two.h>	/* <linux/two.h> */
#if defined(LKL___GLIBC__) && !defined(LKL_ONE) || __STDC_VERSION__ > 1
#endif
#define LKL_ONE	(1 << 3)	/* ONE */
#define LKL_ONE_STRING "ONE" "one_t" 'O'
#define lkl_one_of(x)	((x)->one.two + (x)->flags + LKL_ONE)
#define LKL_MINOR(x) (x)
#define LKL_ONE_FLAG_MINOR 1
#define lkl_flag(name) (LKL_ONE_FLAG_##name)
#define lkl_one_member one.two
#define lkl_one_old lkl_one
#define lkl_one_offset offsetof(struct lkl_one, flags)
#define lkl_many \
	(LKL_ONE | \
	 LKL_TWO)
typedef unsigned int lkl_one_t, *lkl_one_ptr;
typedef int (*lkl_one_fn)(struct lkl_one *one, lkl_one_t flags);
enum lkl_one_kind { LKL_ONE_A, LKL_ONE_B = LKL_ONE, LKL_ONE_C };
struct lkl_one {
	lkl_one_t one_t;
	struct lkl_two two[LKL_ONE], *ONE_A;
	union { lkl_one_t one_fn; struct { int ONE_B : 3; }; } u;
	int (*one_of)(int flags);
	unsigned long lkl_st_atime;
	char class_[LKL_ONE_C + sizeof(struct lkl_one *)];
} __attribute__((packed));
static __inline__ int lkl_one_flags(const struct lkl_one *one)
{
	return one->one_t + lkl_flag(MINOR) + LKL_MINOR(one->u.one_fn);
}
#ifdef __cplusplus
extern "C" {
#endif
extern int lkl_one_count;
#ifdef __cplusplus
}
#endif
#endif
END
python3 "$headers" --uapi in --output out/lkl
diff -u expected out/lkl/linux/one.h
[ "$(cat out/lkl/asm-generic/two.h)" = '#define lkl_flags_of(x) x' ]
[ ! -e out/lkl/sound ]

# A file that is gone from the input goes from the output; an unchanged file is
# not written again.
rm in/linux/two.h
sed -i '/two.h/d' in/linux/one.h
python3 "$headers" --uapi in --output out/lkl
[ ! -e out/lkl/linux/two.h ]
touch -d '2001-01-01' out/lkl/linux/one.h
python3 "$headers" --uapi in --output out/lkl
[ "$(date -r out/lkl/linux/one.h +%Y)" = 2001 ]

# refuse TEXT MESSAGE - the header is not accepted, and nothing is written
refuse() {
	printf '%s\n' "$1" >in/linux/one.h
	! python3 "$headers" --uapi in --output bad/lkl 2>err || {
		echo "accepted: $1"
		exit 1
	}
	grep -qF "linux/one.h: $2" err || { cat err; exit 1; }
	[ ! -e bad ]
}
refuse '#include <sound/other.h>' 'includes <sound/other.h>, which is excluded'
refuse 'struct one { int x;' 'end of file'
refuse '#define ONE(x) ___##x' 'no letter tells the prefix of ___'
