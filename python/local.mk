# SPDX-License-Identifier: GPL-2.0-only
#
# python/local.mk - the Python package lkl
#
# No bytecode is installed: Python makes it, or the distribution's tools do.

python_package = \
	%D%/lkl/__init__.py \
	%D%/lkl/_client.py \
	%D%/lkl/_file.py \
	%D%/lkl/_image.py \
	%D%/lkl/_path.py \
	%D%/lkl/_protocol.py \
	%D%/lkl/fsspec.py \
	%D%/lkl/py.typed
if PYTHON_PACKAGE
lklpythondir = $(pythondir)/lkl
dist_lklpython_DATA = $(python_package)
else
EXTRA_DIST += $(python_package)
endif
EXTRA_DIST += %D%/README.md %D%/pyproject.toml
