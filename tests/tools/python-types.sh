#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# python-types.sh - the Python package is typed, as mypy checks it.

. "$top_srcdir/tests/helpers/lib.sh"
need mypy

package=$top_srcdir/python
run_check mypy --config-file "$package/pyproject.toml" --cache-dir /dev/null \
	"$package/lkl" >&3
