// SPDX-License-Identifier: GPL-2.0-only
/*
 * image-random.c - random operations on images of all kinds, which QEMU's tools
 * make.
 *
 * Before and after, qemu-img reads the same from the image as this library, and
 * qemu-img check finds no fault.  An internal snapshot stays the same.  Opening an
 * image for reading changes no byte.
 *
 *   image-random				all kinds
 *   image-random KIND...			these kinds
 *   image-random IMAGE SHADOW SEED OPS [THREADS [FORMAT]]
 *
 * The last form is for use by hand, with an existing image and a raw file that
 * holds the same data.  Environment: TEST_SEED, IMAGE_OPS (operations for each
 * kind), IMAGE_VERBOSE.
 *
 * timeout: 3000
 */
#include "image-random.h"

#include "image-kinds.h"
#include "unit.h"

/*
 * This test leaves flushing out: a flush matters only if the power fails, and
 * the test would spend its time waiting for it.
 */
int fdatasync(int fd)
{
	(void)fd;
	return 0;
}

static uint64_t total_ops, total_by_kind[8], total_mapped, total_inline;

static bool run(const struct image_kind *kind, uint64_t seed, uint64_t ops,
		unsigned int threads)
{
	struct random_test t = {
		.path = "image",
		.options.format = kind_format(kind),
		.options.flags = BLK_OPEN_NAMED_FILES,
		.cluster = kind->cluster,
		.seed = seed,
		.ops = ops,
		.threads = threads,
		.reopen_every = ops > 20000 ? 997 : 97,
		.verbose = getenv("IMAGE_VERBOSE"),
	};
	bool good = random_run(&t, "shadow");
	unsigned int i;

	for (i = 0; i < 7; i++) {
		total_by_kind[i] += t.count[i];
		total_ops += t.count[i];
	}
	total_mapped += t.mapped;
	total_inline += t.inline_reads + t.inline_writes;
	return good;
}

static bool check(const struct image_kind *kind, const char *what,
		  const char *script)
{
	int status = kind_shell(kind, script);

	if (status)
		printf("# %s: %s: exit status %d\n", kind->name, what, status);
	return !status;
}

#define SNAPSHOTS							\
	"for s in $(qemu-img snapshot -l $I | "				\
	"	awk '$1 ~ /^[0-9]+$/ { print $2 }'); do\n"		\
	"	qemu-img convert -l snapshot.name=$s -O raw $I snap.raw\n" \
	"	echo $s $(sha256sum <snap.raw)\n"			\
	"done\n"							\
	"rm -f snap.raw\n"

static const char after[] =
	"qemu-img check -q $I >check.out 2>&1 || { s=$?; qemu-img check $I | "
	"head -n 20; exit $s; }\n";

static bool check_after(const struct image_kind *kind)
{
	if (!check(kind, "comparison", "qemu-img compare -q -f $F -F raw $I shadow"))
		return false;
	if (!strcmp(kind_format(kind), "raw"))
		return true;
	return check(kind, "qemu-img check", after) &&
	       check(kind, "snapshots",
		     "{ " SNAPSHOTS "} >now; diff snaps now");
}

/* Neither does reading all of it, though the file may be written to. */
static bool check_read_only(const struct image_kind *kind)
{
	struct random_test t = {
		.path = "image",
		.options = {
			.format = kind_format(kind),
			.flags = BLK_OPEN_READ_ONLY | BLK_OPEN_NAMED_FILES,
		},
		.cluster = kind->cluster,
		.threads = 1,
	};

	return check(kind, "digest", "sha256sum $I $I.ext >sums 2>sums.err || :") &&
	       random_run(&t, "shadow") &&
	       check(kind, "an opening for reading",
		     "sha256sum $I $I.ext 2>sums.err | diff sums -");
}

static bool test_kind(const struct image_kind *kind)
{
	uint64_t seed = random_given("TEST_SEED", 1);
	uint64_t ops = random_given("IMAGE_OPS", 500);
	bool good;

	setenv("F", kind_format(kind), 1);
	if (kind_make(kind, seed))
		return check(kind, "making it", "false");
	if (!strcmp(kind_format(kind), "raw"))
		good = check(kind, "shadow", "cp $I shadow");
	else
		good = check(kind, "shadow", "{ "
			     "rm -f shadow; qemu-img convert -O raw $I shadow; "
			     SNAPSHOTS "} >snaps");
	good = good && check_read_only(kind) &&
	       run(kind, seed, ops - ops / 2, 1) &&
	       (ops < 5000 || check_after(kind)) &&
	       run(kind, seed + 1, ops / 2, 4) && check_after(kind) &&
	       check_read_only(kind);
	/* A bad image stays there to be looked at. */
	if (!good)
		kind_shell(kind, "d=failed-$(date +%s%N); mkdir $d; "
			   "cp --sparse=always image* shadow data $d/; "
			   "echo \"# kept: $PWD/$d\"");
	return good;
}

static const struct image_kind *the_kind;

static void image(void)
{
	CHECK(test_kind(the_kind));
}

static int by_hand(int argc, char **argv)
{
	struct random_test t = {
		.path = argv[1],
		.options.format = argc > 6 ? argv[6] : NULL,
		.options.flags = BLK_OPEN_NAMED_FILES,
		.cluster = 65536,
		.seed = strtoull(argv[3], NULL, 0),
		.ops = strtoull(argv[4], NULL, 0),
		.threads = argc > 5 ? (unsigned int)atoi(argv[5]) : 1,
		.reopen_every = 997,
		.verbose = getenv("IMAGE_VERBOSE"),
	};

	if (t.threads < 1 || t.threads > RANDOM_THREADS_MAX)
		return 2;
	return !random_run(&t, argv[2]);
}

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc > 4 && strspn(argv[3], "0123456789") == strlen(argv[3]))
		return by_hand(argc, argv);
	if (kinds_need_qemu())
		SKIP_ALL("qemu-img and qemu-io are not installed");
	for (i = 0; i < IMAGE_KINDS; i++) {
		if (!kind_chosen(&image_kinds[i], &image_kinds[i].name, 1,
				 argc, argv))
			continue;
		the_kind = &image_kinds[i];
		printf("# %s\n", the_kind->name);
		RUN(image);
	}
	printf("# %" PRIu64 " operations:", total_ops);
	for (i = 0; i < 7; i++)
		printf(" %" PRIu64 " %s", total_by_kind[i], random_names[i]);
	printf("; %" PRIu64 " mapped, %" PRIu64 " inline\n", total_mapped,
	       total_inline);
	return unit_exit();
}
