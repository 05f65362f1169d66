#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Write the prefixed UAPI headers.

The input is the output of the kernel's headers_install.  The output is the
directory that is installed as <lkl/...>: linux/fs.h becomes lkl/linux/fs.h.
Headers of our own (--extra) are copied beside them.
"""

import argparse
import fnmatch
import os
import shutil
import sys

import prefix
import rules


def excluded(path):
    for _, patterns in rules.EXCLUDED:
        if any(fnmatch.fnmatchcase(path, p) for p in patterns.split()):
            return True
    return False


def find_headers(root):
    """Paths, relative to root, of the headers to install and of the rest."""
    chosen = []
    others = []
    for folder, subfolders, files in os.walk(root):
        subfolders.sort()
        for name in sorted(files):
            if not name.endswith(".h"):
                continue
            path = os.path.relpath(os.path.join(folder, name), root)
            wanted = path.split(os.sep)[0] in rules.DIRECTORIES
            (chosen if wanted and not excluded(path) else others).append(path)
    return chosen, set(others)


def write(path, text):
    """Write a file, unless it has this content already."""
    try:
        with open(path, encoding="utf-8") as file:
            if file.read() == text:
                return
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".tmp", path)


def generate(root, extra, output):
    chosen, others = find_headers(root)
    if not chosen:
        sys.exit("%s: no headers; was headers_install run?" % root)
    headers = {}
    for path in chosen:
        with open(os.path.join(root, path), encoding="utf-8") as file:
            try:
                headers[path] = prefix.Header(file.read())
            except prefix.Error as error:
                sys.exit("%s: %s" % (path, error))

    def includes(path):
        if path in headers:
            return "lkl/" + path
        if path in others:
            raise prefix.Error("includes <%s>, which is excluded" % path)
        return None

    prefixer = prefix.Prefixer(headers.values(), includes)
    texts = {}
    for path, header in headers.items():
        try:
            texts[path] = prefixer.rewrite(header)
        except prefix.Error as error:
            sys.exit("%s: %s" % (path, error))
    for path, text in texts.items():
        write(os.path.join(output, path), text)
    remove_stale(output, texts)
    for folder in extra:
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                write(os.path.join(output, name), file.read())


def remove_stale(output, written):
    """Remove headers of a former run that are no longer generated."""
    for directory in rules.DIRECTORIES:
        top = os.path.join(output, directory)
        for folder, _, files in os.walk(top, topdown=False):
            for name in files:
                path = os.path.join(folder, name)
                if os.path.relpath(path, output) not in written:
                    os.remove(path)
            if not os.listdir(folder):
                shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--uapi", required=True,
                        help="include directory made by headers_install")
    parser.add_argument("--extra", action="append", default=[],
                        help="directory of headers to copy as they are")
    parser.add_argument("--output", required=True,
                        help="directory to fill, named lkl")
    options = parser.parse_args()
    generate(options.uapi, options.extra, options.output)


if __name__ == "__main__":
    main()
