// SPDX-License-Identifier: GPL-2.0-only
/*
 * host-version.c - lkl_start() refuses a kernel object that was compiled for
 * another version of the host interface.
 *
 * The kernel object here is a fake: it wants a version that does not exist.
 */
#include <errno.h>

#include "../../lkl/arch/include/asm/host_ops.h"
#include "lkl.h"
#include "unit.h"

#define WANTED	(LKL_HOST_OPS_VERSION + 97)

const char lkl_kernel_release[] = "0.0.0";
const char lkl_kernel_features[] = "";
char lkl_data_start[1], lkl_data_end[1], lkl_bss_start[1], lkl_bss_end[1];

static unsigned int offered;

unsigned int lkl_kernel_prepare(const struct lkl_boot *boot,
				struct lkl_vcpu **ret_vcpu)
{
	(void)ret_vcpu;
	offered = boot->ops->version;
	return WANTED;
}

/* Nothing may run kernel code. */
void lkl_fiber_switch(void **save, void *load)
{
	(void)save;
	(void)load;
	printf("# the kernel was entered\n");
	exit(1);
}

int lkl_kernel_recover(struct lkl_vcpu *vcpu, struct lkl_fault *fault)
{
	(void)vcpu;
	(void)fault;
	return 0;
}

void lkl_kernel_running(const struct lkl_vcpu *vcpu,
			struct lkl_running *ret_running)
{
	(void)vcpu;
	(void)ret_running;
	exit(1);
}

static void version_is_refused(void)
{
	struct lkl_error err = { "" };
	char number[32];

	CHECK_EQ(lkl_start(NULL, &err), -EPROTO);
	CHECK_EQ(offered, LKL_HOST_OPS_VERSION);
	snprintf(number, sizeof(number), "version %d ", WANTED);
	CHECK(strstr(err.text, number));
	CHECK_EQ(lkl_halt(), -ENXIO);
}

/* The kernel is as it was, so that nothing has to be cleared up. */
static void second_start_says_the_same(void)
{
	struct lkl_error err = { "" };

	CHECK_EQ(lkl_start(NULL, &err), -EPROTO);
	CHECK(err.text[0]);
}

int main(void)
{
	RUN(version_is_refused);
	RUN(second_start_says_the_same);
	return unit_exit();
}
