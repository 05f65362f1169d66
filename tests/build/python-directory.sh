#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# python-directory.sh - the Python package is installed where Python looks for it.

. "$top_srcdir/tests/helpers/lib.sh"
directory=$top_srcdir/build-aux/python-directory

# asks PREFIX [DIRECTORY...] - of a Python that looks in these, and that has Debian's
# schemes below its own prefix, /debian
asks() {
	python3 - "$directory" "$@" <<'END'
import sys
import sysconfig
script, prefix, *sys.path = sys.argv[1:]
code = open(script).read()
schemes = {"posix_local": "/debian/local/lib/python9.9/dist-packages",
           "deb_system": "/debian/lib/python3/dist-packages",
           "posix_prefix": "/debian/lib/python9.9/site-packages"}
sysconfig.get_scheme_names = lambda: tuple(schemes)
sysconfig.get_path = lambda name, scheme: schemes[scheme]
sys.argv = [script, prefix]
exec(code)
END
}
# expect TEXT PREFIX [DIRECTORY...]
expect() {
	local text=$1 got

	shift
	got=$(asks "$@") && [ "$got" = "$text" ] || die "asked for $*: '$got', not '$text'"
}

debian=("" /usr/lib/python3/dist-packages /usr/local/lib/python9.9
	/usr/local/lib/python9.9/dist-packages)
expect '${prefix}/lib/python9.9/dist-packages' /usr/local "${debian[@]}"
expect '${prefix}/lib/python3/dist-packages' /usr "${debian[@]}"
# Directories that do not exist yet.
expect '${prefix}/lib/python9.9/dist-packages' /debian/local "${debian[@]}"
expect '${prefix}/lib/python3/dist-packages' /debian "${debian[@]}"

# Automake's choice is as good as another, and nobody looks below other prefixes.
choice=$(python3 -c 'import sys
print("lib/python%d.%d/site-packages" % sys.version_info[:2])')
expect '' /opt /opt/lib/a-packages "/opt/$choice"
expect '' /nowhere "${debian[@]}"
[ -z "$(python3 -E "$directory" "$PWD/nowhere")" ] ||
	die "a directory below a prefix where nobody looks"

# configure asks without PYTHONPATH.  With a cache, a second run has the same answer.
cat >python <<'END'
#!/bin/sh
case "$1 $2" in
"-E "*/python-directory) echo '${prefix}/lib/moon-packages' ;;
*) exec python3 "$@" ;;
esac
END
chmod +x python
mkdir build && cd build || exit 1
for run in first second; do
	run_check "$top_srcdir/configure" -C --quiet --prefix=/opt PYTHON="$PWD/../python" \
		--with-linux="$LINUX_SOURCE" --with-kernel-builddir="$KERNEL_DIR" >&3
	grep -qxF 'pythondir = ${prefix}/lib/moon-packages' Makefile ||
		die "the $run run: $(grep '^pythondir = ' Makefile)"
	rm Makefile
done
