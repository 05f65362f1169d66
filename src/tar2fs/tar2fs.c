// SPDX-License-Identifier: GPL-2.0-only
/*
 * tar2fs.c - makes a disk image from folders and archives.
 *
 * This process opens what the user named, and starts others: mkfs, and those
 * that interpret inputs and images.  Each confines itself.  A guardian names the
 * complete image, or removes the incomplete one.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <lkl.h>

#include "common/cleanup.h"
#include "common/cli/parse.h"
#include "common/cli/progress.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/error.h"
#include "common/monotonic.h"
#include "common/output.h"
#include "common/standard-descriptors.h"
#include "arguments.h"
#include "layout/disk.h"
#include "layout/image-verity.h"
#include "mkfs.h"

enum {
	EXIT_DONE,
	EXIT_INCOMPLETE,
	EXIT_USAGE,
};

static void print_summary(const struct arguments *arguments,
			  const struct built *built, double seconds)
{
	const struct filled *filled = &built->filled;
	char size[FORMAT_SIZE_MAX], bytes[FORMAT_SIZE_MAX];
	char room[FORMAT_SIZE_MAX], left[FORMAT_SIZE_MAX + 16] = "";

	if (!arguments->packer)
		snprintf(left, sizeof(left), ", %s free",
			 format_size(room, filled->after.available));
	report_line("%" PRIu64 " files, %" PRIu64 " directories, %" PRIu64
		    " hard links, %" PRIu64 " others, %s; %s of %s%s; %.1f s",
		    filled->files, filled->directories, filled->hard_links,
		    filled->others, format_size(bytes, filled->bytes),
		    arguments->packer ? arguments->packer->name :
		    arguments->file_system.kind->name,
		    format_size(size, built->size), left, seconds);
}

/* The result of --dry-run.  Returns 1 if a size that was given does not suffice. */
static int print_plan(const struct arguments *arguments,
		      const struct demand *demand, const struct built *built)
{
	char size[FORMAT_SIZE_MAX], bytes[FORMAT_SIZE_MAX];

	if (arguments->packer) {
		report_line("%" PRIu64 " files of all types, %s of data; how small %s makes them is not known",
			    demand->inodes, format_size(bytes, demand->data),
			    arguments->packer->name);
		return 0;
	}
	report_line("%" PRIu64 " files of all types, %s of data; %s of %s (%" PRIu64
		    " bytes)", demand->inodes,
		    format_size(bytes, demand->data),
		    arguments->file_system.kind->name,
		    format_size(size, built->size), built->size);
	if (built->filled.outcome != FILL_SMALL)
		return 0;
	report_error("%s: too small: the files need about %s more",
		     quote_name(arguments->output),
		     format_size(bytes, built->filled.shortage));
	return 1;
}

/*
 * With a size, only some types have to know how many files there will be.  Then it
 * is worth reading the inputs twice, but not keeping what comes through a pipe.
 */
static bool needs_demand(const struct arguments *arguments,
			 const struct inputs *inputs)
{
	const struct file_system *wanted = &arguments->file_system;

	if (!wanted->size || wanted->dry_run || arguments->packer ||
	    arguments->container.max_unpacked)
		return true;
	return (wanted->kind->inodes_option || wanted->kind->root_option) &&
		inputs_are_seekable(inputs);
}

/* Where the image is going to be there is room for a copy of an input. */
static int spool_inputs(const struct arguments *arguments,
			struct inputs *inputs, struct lkl_error *err)
{
	cleanup_free char *directory = output_folder(arguments->output);

	return directory ? inputs_spool(inputs, directory, err) :
		error_set(err, -errno, "%s: cannot find its folder: %s",
			  quote_name(arguments->output), strerror(errno));
}

/* Options that only container images have must not be ignored. */
static int check_container_options(const struct arguments *arguments,
				   const struct inputs *inputs,
				   struct lkl_error *err)
{
	const char *option = arguments_container_option(arguments);

	if (option && !inputs_have_container(inputs))
		return error_set(err, -EINVAL,
				 "%s is only for container images, and no input is one",
				 option);
	if (arguments->container.max_unpacked &&
	    !inputs_have_archive(inputs) && !inputs_have_container(inputs))
		return error_set(err, -EINVAL,
				 "--max-unpacked is only for archives and container images, and no input is one");
	return 0;
}

/* Without @needed, only container images are looked for. */
static int find_demand(const struct arguments *arguments,
		       struct inputs *inputs, bool needed,
		       struct demand *demand, struct lkl_error *err)
{
	const struct measuring measuring = {
		.inputs = inputs,
		.kind = arguments->file_system.kind,
		.settings = &arguments->settings,
		.common = &arguments->common,
		.container = &arguments->container,
		.only_containers = !needed,
	};
	int ret = spool_inputs(arguments, inputs, err);

	if (!ret)
		ret = demand_measure(&measuring, demand, err);
	return ret < 0 ? ret : check_container_options(arguments, inputs, err);
}

/*
 * Makes the image of the file system in @target, if the type needs that.
 * @image: an empty file for it
 */
static int pack_image(const struct arguments *arguments,
		      const struct fill_target *target, const char *image,
		      const struct demand *demand, struct built *built,
		      struct lkl_error *err)
{
	char seed[512];
	const struct pack pack = {
		.packer = arguments->packer,
		.programs = &arguments->pack_programs,
		.identity = &arguments->file_system.identity,
		.root = &built->filled.root,
		.options = arguments->pack_options,
		.library = arguments->file_system.mkfs_library,
		.seed = seed,
		.sandbox = arguments->common.sandbox,
		.name = arguments->output,
		.scratch = target->path,
		.image = image,
	};
	struct stat st;
	int ret;

	if (!pack.packer || arguments->file_system.dry_run)
		return 0;
	snprintf(seed, sizeof(seed), "%s %s %" PRIu64 " %" PRIu64,
		 pack.packer->name,
		 pack.identity->label ? pack.identity->label : "",
		 demand->inodes, demand->data);
	ret = pack_run(&pack, err);
	if (!ret && !stat(image, &st))
		built->size = (uint64_t)st.st_size;
	return ret;
}

/*
 * @image: the output
 * Returns 1 if some files are missing.
 */
static int make_image(const struct arguments *arguments,
		      const struct fill_target *target, const char *image,
		      struct inputs *inputs, struct lkl_error *err)
{
	struct common_options common = arguments->common;
	const struct building building = {
		.common = &common, .settings = &arguments->settings,
	};
	bool needed = needs_demand(arguments, inputs);
	int64_t start = monotonic_ns();
	struct demand demand = { 0 };
	struct built built;
	int ret;

	ret = find_demand(arguments, inputs, needed, &demand, err);
	if (ret < 0)
		return ret;
	/* The names were listed already. */
	common.verbose = common.verbose && !needed;
	ret = build_file_system(&arguments->file_system, &building, inputs,
				needed ? &demand : NULL, target, &built, err);
	if (!ret)
		ret = pack_image(arguments, target, image, &demand, &built, err);
	if (ret < 0)
		return ret;
	if (arguments->file_system.dry_run)
		return print_plan(arguments, &demand, &built);
	if (arguments->common.verbose)
		print_summary(arguments, &built, (double)(monotonic_ns() - start) / 1e9);
	return built.filled.failures ? 1 : 0;
}

/* Files that may be in a folder that is an input. */
struct own_files {
	struct own_file at[5];
	size_t n;
};

static void add_own_file(struct own_files *own, const struct stat *st,
			 bool silent)
{
	own->at[own->n++] = (struct own_file){
		.device = st->st_dev, .inode = st->st_ino, .silent = silent,
	};
}

static void find_own_files(struct own_files *own,
			   const struct arguments *arguments,
			   const char *image, const struct fill_target *target)
{
	struct stat st;

	if (output_target(arguments->output, &st))
		add_own_file(own, &st, false);
	if (arguments->verity_hash &&
	    output_target(arguments->verity_hash, &st))
		add_own_file(own, &st, false);
	if (!stat(image, &st))
		add_own_file(own, &st, true);
	if (!stat(target->path, &st))
		add_own_file(own, &st, true);
	if (target->scratch && !stat(target->scratch, &st))
		add_own_file(own, &st, true);
}

/* The image gets its name even if some files are missing, as with cptofs. */
static int make_output(struct arguments *arguments, struct inputs *inputs,
		       struct lkl_error *err)
{
	struct own_files own = { .n = 0 };
	struct fill_target target = {
		.name = arguments->output, .format = arguments->format,
	};
	struct output *output, *scratch = NULL;
	struct image_verity verity;
	int ret, completed;

	/*
	 * mkfs knows no formats, and a packer wants all files.  This file never
	 * gets a name of its own.
	 */
	if (arguments->packer || strcmp(arguments->format, "raw"))
		ret = output_open(arguments->output, OUTPUT_NAMED, &scratch,
				  err);
	else
		ret = 0;
	if (!ret)
		ret = output_open(arguments->output, OUTPUT_NAMED, &output,
				  err);
	if (ret < 0) {
		if (scratch)
			output_discard(scratch);
		return error_prefix(err, ret, "%s",
				    quote_name(arguments->output));
	}
	target.path = output_self(arguments->packer ? scratch : output);
	target.scratch = scratch && !arguments->packer ? output_self(scratch) :
		NULL;
	find_own_files(&own, arguments, output_self(output), &target);
	arguments->settings.own = own.at;
	arguments->settings.n_own = own.n;
	ret = make_image(arguments, &target, output_self(output), inputs, err);
	if (scratch)
		output_discard(scratch);
	if (ret < 0 || arguments->file_system.dry_run) {
		output_discard(output);
		return ret;
	}
	completed = arguments->verity ?
		image_verity_make(arguments, output_self(output), &verity,
				  err) : 0;
	/* Without its root hash or its hashes, the image is of no use. */
	if (!completed && arguments->verity)
		completed = image_verity_complete(arguments, &verity, err);
	if (completed < 0)
		output_discard(output);
	else
		completed = output_complete(output, arguments->sync, err);
	if (completed < 0)
		return error_prefix(err, completed, "%s",
				    quote_name(arguments->output));
	return ret;
}

/* An output would replace an input that has another name, too. */
static int check_output(const char *output, const struct inputs *inputs,
			struct lkl_error *err)
{
	const struct input *same;
	struct stat st;

	same = output_target(output, &st) ?
		inputs_find_file(inputs, &st) : NULL;
	if (!same)
		return 0;
	return error_set(err, -EINVAL,
			 "%s is the input %s itself, will not overwrite it",
			 quote_name(output), quote_name(same->name));
}

static int check_outputs(const struct arguments *arguments,
			 const struct inputs *inputs, struct lkl_error *err)
{
	const char *hash = arguments->verity_hash;
	int ret = check_output(arguments->output, inputs, err);

	if (ret < 0 || !hash)
		return ret;
	ret = check_output(hash, inputs, err);
	if (ret < 0)
		return error_prefix(err, ret, "--verity-hash");
	if (!outputs_are_same(hash, arguments->output))
		return 0;
	return error_set(err, -EINVAL,
			 "--verity-hash: %s is the image %s itself; --verity puts the hashes into it",
			 quote_name(hash), quote_name(arguments->output));
}

/* Returns 1 if some files are missing. */
static int make_file_system(struct arguments *arguments, struct lkl_error *err)
{
	struct file_system *file_system = &arguments->file_system;
	struct inputs inputs = { 0 };
	char *mkfs = NULL, *library = NULL;
	int ret;

	ret = mkfs_find(file_system->kind, &mkfs, err);
	file_system->mkfs = mkfs;
	if (!ret && arguments->packer)
		ret = pack_find(arguments->packer, &arguments->pack_programs,
				err);
	if (!ret)
		ret = mkfs_find_library(file_system->kind,
					file_system->identity.has_time,
					&library, err);
	file_system->mkfs_library = library;
	if (!ret)
		ret = inputs_open(&inputs, arguments->inputs,
				  arguments->n_inputs, err);
	if (!ret)
		ret = check_outputs(arguments, &inputs, err);
	if (!ret)
		ret = make_output(arguments, &inputs, err);
	inputs_close(&inputs);
	free(mkfs);
	free(library);
	pack_programs_free(&arguments->pack_programs);
	return ret;
}

/* Returns the exit status. */
static int run_tar2fs(struct arguments *arguments)
{
	struct lkl_error err;
	int ret = arguments->layout.path ? disk_make(arguments, &err) :
		make_file_system(arguments, &err);

	progress_finish(ret == 0);
	if (ret < 0)
		report_error("%s", err.text);
	return ret ? EXIT_INCOMPLETE : EXIT_DONE;
}

int main(int argc, char **argv)
{
	struct arguments arguments;
	struct lkl_error err = { "" };
	int ret;

	standard_descriptors_fill();
	report_init("tar2fs");
	/* If the reader of a pipe exits, that is an error of write(). */
	signal(SIGPIPE, SIG_IGN);

	ret = arguments_parse(argc, argv, &arguments, &err);
	if (ret == 0)
		return EXIT_DONE;
	if (ret < 0) {
		report_usage_error(err.text);
		return EXIT_USAGE;
	}

	report_set_quiet(arguments.common.quiet);
	progress_init(arguments.common.progress_fd,
		      !arguments.common.quiet && !arguments.common.verbose);
	ret = run_tar2fs(&arguments);
	arguments_free(&arguments);
	return ret;
}
