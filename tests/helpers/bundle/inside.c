// SPDX-License-Identifier: GPL-2.0-only
/* inside.c - what lklrun runs: on the files of an image, and without libraries. */
#include <stdio.h>

int main(void)
{
	char line[64] = "";
	FILE *file = fopen("/file", "r");

	return !file || !fgets(line, sizeof(line), file) || puts(line) < 0 ||
		!(file = fopen("/written", "w")) || fputs(line, file) < 0 ||
		fclose(file);
}
