# SPDX-License-Identifier: GPL-2.0-only
"""Find the installed header that defines a type."""

import os

import declarations
import prefix
import rules


class Index:
    """The header of each public type, by the type's public name.

    A path is the one to include, lkl/linux/fs.h.  types maps a typedef to it;
    tags maps a tag to the path and the keyword: (path, "struct").
    """

    def __init__(self, root):
        self.tags = {}
        self.types = {}
        for folder, subfolders, files in os.walk(root):
            subfolders.sort()
            for name in sorted(files):
                path = os.path.relpath(os.path.join(folder, name), root)
                if path.split(os.sep)[0] in rules.DIRECTORIES or (
                        path in rules.OWN_HEADERS):
                    with open(os.path.join(root, path),
                              encoding="utf-8") as file:
                        self._add(root, path, prefix.Header(file.read()))

    def _add(self, root, path, header):
        # What asm-generic defines is to be had through asm, or else is a
        # part of a header that everybody includes.
        if path.startswith("asm-generic/"):
            path = path.replace("asm-generic/", "asm/")
            if not os.path.exists(os.path.join(root, path)):
                path = "linux/types.h"
        path = "lkl/" + path
        code = header.code
        for at, token in enumerate(code):
            if token.role == declarations.TYPEDEF:
                self.types.setdefault(token.text, path)
            elif token.role == declarations.TAG and defines(code, at):
                self.tags.setdefault(token.text, (path, keyword(code, at)))


def defines(code, at):
    """Does the tag at this place begin a definition?"""
    at += 1
    while code[at].text == "__attribute__":
        depth = 0
        while True:
            at += 1
            depth += {"(": 1, ")": -1}.get(code[at].text, 0)
            if not depth:
                break
        at += 1
    return code[at].text == "{"


def keyword(code, at):
    while code[at].text not in ("struct", "union", "enum"):
        at -= 1
    return code[at].text
