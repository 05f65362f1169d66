#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Write lkl/syscalls.h and lkl/libc.h.

The section .lkl_syscalls of the kernel object lists the calls and their
parameters (see the overlay's asm/syscall_wrapper.h).  kbuild's unistd_64.h and
syscall_table_64.h have their numbers and entry points.  The prefixed headers,
which must exist before, define the types.
"""

import argparse
import os
import re
import sys

import declarations
import elf
import index
import rules
from headers import write
from prefix import prefixed
from tokens import IDENT, WS, tokenize

CXX_KEYWORDS = {
    "class", "delete", "export", "friend", "mutable", "namespace", "new",
    "operator", "private", "protected", "public", "template", "this",
    "throw", "try", "typename", "using", "virtual",
}


class Call:
    """A system call: number, names, and parameters as (type, name)."""

    def __init__(self, number, name, entry, parameters):
        self.number = number
        self.name = name
        self.entry = entry
        self.parameters = parameters


def parse_definitions(section):
    """Entry point (without sys_) to list of (type, name)."""
    found = {}
    for line in section.decode("ascii").splitlines():
        name, _, text = line.partition("|")
        words = [word.strip() for word in text.split(",")] if text else []
        if not name.startswith("_") or len(words) % 2:
            sys.exit("malformed definition of a system call: %s" % line)
        parameters = list(zip(words[::2], words[1::2]))
        if found.setdefault(name[1:], parameters) != parameters:
            sys.exit("two definitions of system call %s" % name[1:])
    return found


def parse_numbers(path):
    """Name to number, from unistd_64.h."""
    with open(path, encoding="utf-8") as file:
        found = re.findall(r"^#define\s+__NR_(\w+)\s+(\d+)$", file.read(),
                           re.M)
    numbers = {name: int(number) for name, number in found}
    numbers.pop("syscalls", None)
    if not numbers:
        sys.exit("%s: no system calls" % path)
    return numbers


def parse_entries(path):
    """Number to entry point (without sys_), from syscall_table_64.h."""
    with open(path, encoding="utf-8") as file:
        found = re.findall(r"^__SYSCALL\w*\((\d+), sys_(\w+)", file.read(),
                           re.M)
    if not found:
        sys.exit("%s: no system calls" % path)
    return {int(number): entry for number, entry in found}


def find_calls(definitions, numbers, entries):
    """The calls that have both a definition and a number, by number."""
    calls = []
    for name, number in sorted(numbers.items(), key=lambda item: item[1]):
        entry = entries.get(number)
        if entry in definitions:
            calls.append(Call(number, name, entry, definitions[entry]))
    return calls


class Types:
    """Rewrites the kernel's types to public ones, and notes what they need."""

    def __init__(self, types):
        self.types = types
        self.headers = set("lkl/" + path for path in rules.SYSCALL_HEADERS)
        self.typedefs = set()		# keys of rules.KERNEL_TYPES
        self.opaque = set()		# "struct lkl_x"

    def rewrite(self, text):
        """The public form of a type."""
        words = []
        for token in tokenize(text):
            if token.kind == WS:
                continue
            word = token.text
            last = words[-1] if words else ""
            if last in ("struct", "union", "enum"):
                word = self.tag(last, word)
            elif (token.kind == IDENT and
                  word not in declarations.RESERVED):
                word = self.typedef(word)
            words.append(word)
        return " ".join(words).replace("* *", "**")

    def tag(self, keyword, word):
        word = prefixed(word)
        if word in self.types.tags:
            self.headers.add(self.types.tags[word][0])
        elif keyword == "enum":
            sys.exit("no header defines enum %s" % word)
        else:
            self.opaque.add("%s %s" % (keyword, word))
        return word

    def typedef(self, word):
        if prefixed(word) in self.types.types:
            self.headers.add(self.types.types[prefixed(word)])
            return prefixed(word)
        if word not in rules.KERNEL_TYPES:
            sys.exit("rules.py: KERNEL_TYPES does not tell what %s is" % word)
        if rules.KERNEL_TYPES[word] is None:
            return word
        self.typedefs.add(word)
        return prefixed(word)

    def typedef_lines(self):
        lines = []
        for word in sorted(self.typedefs):
            behind = rules.KERNEL_TYPES[word]
            if prefixed(behind) in self.types.types:
                self.headers.add(self.types.types[prefixed(behind)])
                behind = prefixed(behind)
            lines.append("typedef %s %s;" % (behind, prefixed(word)))
        return lines


def public_parameters(call, types):
    """The parameters of a call as (public type, name)."""
    constant = rules.CONST_PARAMETERS.get(call.entry, ())
    missing = set(constant) - {name for _, name in call.parameters}
    if missing:
        sys.exit("rules.py: CONST_PARAMETERS: %s has no parameter %s" %
                 (call.entry, ", ".join(sorted(missing))))
    public = []
    for kind, name in call.parameters:
        kind = types.rewrite(kind)
        if name in constant and not kind.startswith("const "):
            kind = "const " + kind
        if name in CXX_KEYWORDS:
            name += "_"
        public.append((kind, name))
    return public


def declare(kind, name):
    return kind + ("" if kind.endswith("*") else " ") + name


def wrap(head, items, tail):
    """One C construct, folded before 80 columns and aligned behind head."""
    width = len(head.expandtabs(8))
    lines = [head]
    for at, item in enumerate(items):
        item += tail if at == len(items) - 1 else ","
        sep = "" if at == 0 else " "
        if at and len((lines[-1] + sep + item).expandtabs(8)) > 79:
            lines.append("\t" * (width // 8) + " " * (width % 8) + item)
        else:
            lines[-1] += sep + item
    return "\n".join(lines)


def prototype(name, parameters):
    items = [declare(kind, word) for kind, word in parameters] or ["void"]
    return wrap("static __inline__ long %s(" % name, items, ")")


def raw_form(call, parameters):
    values = ["(long)" + name for _, name in parameters] or ["0"]
    lines = [prototype("lkl_sys_" + call.name, parameters), "{",
             wrap("\tlong args[6] = { ", values, " };"), "",
             "\treturn lkl_syscall(LKL___NR_%s, args);" % call.name, "}"]
    return "\n".join(lines)


def libc_form(call, parameters):
    inner = wrap("\treturn lkl_libc_result(lkl_sys_%s(" % call.name,
                 [name for _, name in parameters] or [""], "));")
    return "\n".join([prototype("lkl_libc_" + call.name, parameters), "{",
                      inner, "}"])


def aliases(calls, stem):
    """Second names: the entry points that are called differently."""
    taken = {call.name for call in calls}
    lines = []
    for call in calls:
        if call.entry not in taken:
            taken.add(call.entry)
            lines.append("#define %s%s\t%s%s" % (stem, call.entry,
                                                 stem, call.name))
    return "\n".join(lines)


SYSCALLS_H = """\
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * syscalls.h - every system call of the kernel inside, with its types.
 *
 * Generated from the kernel's own definitions.  lkl_sys_NAME() takes what
 * the kernel's call takes and returns what it returns, a negative errno on
 * failure; the form that sets errno is in <lkl/libc.h>.
 *
 * NAME is that of LKL___NR_NAME; where the kernel's function has another
 * name (sys_umount for umount2), that one does too.
 */
#ifndef LKL_SYSCALLS_H
#define LKL_SYSCALLS_H

#include <stddef.h>

%(includes)s

#ifdef __cplusplus
extern "C" {
#endif

/* See <lkl.h>. */
long lkl_syscall(long no, const long args[6]);

/* Types that the kernel has under these names without exporting them. */
%(typedefs)s

/* Structures that no header defines; pass NULL or bytes you know. */
%(opaque)s

%(calls)s

%(aliases)s

#ifdef __cplusplus
}
#endif

#endif /* LKL_SYSCALLS_H */
"""

LIBC_H = """\
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libc.h - the system calls of <lkl/syscalls.h> with the C library's way to
 * tell a failure: lkl_libc_NAME() returns -1 and sets errno.
 *
 * Generated.  Apart from that they are the kernel's calls, not the C
 * library's functions: lkl_libc_getcwd() returns a length, for example.
 */
#ifndef LKL_LIBC_H
#define LKL_LIBC_H

#include <errno.h>

#include <lkl/syscalls.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Turn the kernel's form of a result into the C library's. */
static __inline__ long lkl_libc_result(long result)
{
	if (result < 0 && result >= -4095) {
		errno = (int)-result;
		return -1;
	}
	return result;
}

%(calls)s

%(aliases)s

#ifdef __cplusplus
}
#endif

#endif /* LKL_LIBC_H */
"""


def generate(calls, root):
    """Write both headers into root, the directory named lkl."""
    types = Types(index.Index(root))
    parameters = [public_parameters(call, types) for call in calls]
    typedefs = types.typedef_lines()
    includes = ["#include <%s>" % path for path in sorted(types.headers)]
    write(os.path.join(root, "syscalls.h"), SYSCALLS_H % {
        "includes": "\n".join(includes),
        "typedefs": "\n".join(typedefs),
        "opaque": "\n".join(tag + ";" for tag in sorted(types.opaque)),
        "calls": "\n\n".join(map(raw_form, calls, parameters)),
        "aliases": aliases(calls, "lkl_sys_"),
    })
    write(os.path.join(root, "libc.h"), LIBC_H % {
        "calls": "\n\n".join(map(libc_form, calls, parameters)),
        "aliases": aliases(calls, "lkl_libc_"),
    })


def add_inputs(parser):
    """The options that tell where the calls are defined."""
    parser.add_argument("--object", required=True,
                        help="the kernel's vmlinux.o")
    parser.add_argument("--numbers", required=True,
                        help="the kernel's generated unistd_64.h")
    parser.add_argument("--entries", required=True,
                        help="the kernel's generated syscall_table_64.h")


def read_calls(options):
    """The calls of the kernel that the options name."""
    definitions = parse_definitions(elf.section(options.object,
                                                ".lkl_syscalls"))
    calls = find_calls(definitions, parse_numbers(options.numbers),
                       parse_entries(options.entries))
    if not calls:
        sys.exit("%s: no system calls" % options.object)
    return calls


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_inputs(parser)
    parser.add_argument("--output", required=True,
                        help="directory with the prefixed headers, named lkl")
    options = parser.parse_args()
    try:
        generate(read_calls(options), options.output)
    except (elf.Error, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
