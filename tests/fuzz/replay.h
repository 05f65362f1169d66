/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * replay.h - a main() that replays a corpus, so that a fuzzer is also a test.
 * Each fuzzer includes it last.
 *
 *   fuzz-NAME			replay corpus/NAME
 *   fuzz-NAME FILE...		replay these files
 *
 * libFuzzer has a main() of its own, for which -DLIBFUZZER leaves this out.
 */
#ifndef LIBFUZZER

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

static int replay_file(const char *name)
{
	FILE *file = fopen(name, "rb");
	struct stat st;
	uint8_t *data;
	size_t n;

	if (!file || fstat(fileno(file), &st)) {
		printf("cannot open %s\n", name);
		return 1;
	}
	/* Exactly so long, for those who look for what is read behind it. */
	data = malloc((size_t)st.st_size + !st.st_size);
	if (!data)
		abort();
	n = fread(data, 1, (size_t)st.st_size, file);
	fclose(file);
	printf("%s: %zu bytes\n", name, n);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, n);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	const char *srcdir = getenv("top_srcdir"), *name;
	char path[4096], dir_name[2048];
	struct dirent *entry;
	int bad = 0, n = 0, i;
	DIR *dir;

	for (i = 1; i < argc; i++)
		bad += replay_file(argv[i]);
	if (argc > 1)
		return bad != 0;

	name = strstr(argv[0], "fuzz-");
	while (name && strstr(name + 1, "fuzz-"))
		name = strstr(name + 1, "fuzz-");
	snprintf(dir_name, sizeof(dir_name), "%s/tests/fuzz/corpus/%s",
		 srcdir ? srcdir : ".", name ? name + 5 : "");
	dir = opendir(dir_name);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir_name,
			 entry->d_name);
		bad += replay_file(path);
		n++;
	}
	if (dir)
		closedir(dir);
	printf("%d inputs of %s\n", n, dir_name);
	return bad || !n;
}

#endif /* !LIBFUZZER */
