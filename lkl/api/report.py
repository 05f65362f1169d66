#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Write the facts about one build's interface as a JSON file.

The file has the system calls, the structures that cross the interface, and
the constants of the installed headers:

    release         "6.12.117"
    architecture    "x86_64"
    calls           name: {number, parameters: [{type, name}]}
    structures      type: {size, members: {path: {offset, size}}}
    constants       name: an integer or a string

Structures are those of layout.py: their values come from its object file.  A
flexible array has no size, and a bit-field is not a member.  Constants are the
macros that expand to a constant expression, and all enumerators.  The file
"compare" in this directory compares two reports.
"""

import argparse
import json
import os
import re
import struct
import subprocess
import sys

import declarations
import elf
import index
import layout
import syscalls
from tokens import IDENT, NEWLINE, STRING, WS, tokenize

SECTION = ".lkl_constants"
ERROR_LINE = re.compile(r"^constants\.c:(\d+):\d*:? ?error:", re.M)
UNDECLARED = re.compile(r"error: .*'(\w+)' undeclared", re.M)


def read_calls(options):
    """Name of each call to its number and its public parameters."""
    types = syscalls.Types(index.Index(options.headers))
    return {call.name: {
        "number": call.number,
        "parameters": [{"type": kind, "name": name} for kind, name in
                       syscalls.public_parameters(call, types)],
    } for call in syscalls.read_calls(options)}


def read_structures(options):
    """Name of each structure to its size and its members."""
    with open(options.names, encoding="utf-8") as file:
        names = file.read().splitlines()[1:]
    values = layout.values(options.layout, len(names) + 1)[1:]
    found = {}
    for name, value in zip(names, values):
        match = re.fullmatch(r"(size|offset) of (?:(\S+) in )?(.+)", name)
        if not match:
            continue		# the value of a constant: see below
        what, member, kind = match.groups()
        entry = found.setdefault(kind, {"size": None, "members": {}})
        if member:
            entry["members"].setdefault(member, {})[what] = value
        else:
            entry["size"] = value
    return found


def compiler(options, *arguments):
    """Run the compiler on the installed headers in their parent directory."""
    root = os.path.dirname(os.path.abspath(options.headers))
    return subprocess.run(options.cc.split() + ["-I", root, *arguments],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True, check=False,
                          env=dict(os.environ, LC_ALL="C"), cwd=options.work)


def source(options, lines):
    """Write constants.c: all installed headers, then the lines."""
    paths = ["lkl/" + path for path in layout.public_headers(options.headers)]
    head = "#include <lkl/syscalls.h>\n" + layout.include_lines(paths)
    with open(os.path.join(options.work, "constants.c"), "w",
              encoding="utf-8") as file:
        file.write(head + "".join(line + "\n" for line in lines))
    return head.count("\n") + 1		# the number of the first line


def macros(options):
    """The object-like macros, as name to the text of the expansion."""
    source(options, [])
    text = compiler(options, "-E", "-dM", "constants.c").stdout
    names = re.findall(r"^#define (LKL_\w+) \S", text, re.M)
    if not names:
        sys.exit("%s: no macros" % options.headers)
    source(options, ["@%d %s" % item for item in enumerate(names)])
    text = compiler(options, "-E", "-P", "constants.c").stdout
    found = {}
    for number, body in re.findall(r"^@(\d+) (.*(?:\n(?!@).*)*)", text, re.M):
        found[names[int(number)]] = body.replace("\n", " ")
    return found


def enumerators(options):
    """The names of all enumerators."""
    source(options, [])
    text = compiler(options, "-E", "-P", "constants.c").stdout
    code = significant(text)
    declarations.classify(code)
    return {token.text for token in code
            if token.role == declarations.ENUMERATOR and
            token.text.startswith("LKL_")}


def significant(text):
    return [token for token in tokenize(text)
            if token.kind not in (WS, NEWLINE)]


def string_value(tokens):
    """The value if the tokens are string literals, else None."""
    if all(token.kind == STRING and token.text[0] == '"' for token in tokens):
        return "".join(token.text[1:-1] for token in tokens)
    return None


def may_be_integer(tokens):
    """Whether an expansion can be an integer constant expression."""
    texts = [token.text for token in tokens]
    return not (set(texts) & {"{", "}", ";", "extern", "static", "do",
                              "__attribute__", "#", "\\"} or
                any(token.kind == STRING and token.text[0] == '"'
                    for token in tokens) or
                all(token.kind == IDENT and
                    token.text in declarations.RESERVED for token in tokens))


def integer_values(options, expressions):
    """Name to value, of those whose expression is an integer constant."""
    names = sorted(expressions)
    # The compiler rejects what is no constant, and the rest compiles then.  It
    # complains once only of each name that it does not know.
    for _ in range(10):
        lines = ["static const long long constant_%d "
                 "__attribute__((used, section(\"%s\"), aligned(8))) = "
                 "(long long)(%s);" % (at, SECTION, expressions[name])
                 for at, name in enumerate(names)]
        first = source(options, lines)
        result = compiler(options, "-w", "-fmax-errors=0", "-O0",
                          "-fno-toplevel-reorder", "-c", "constants.c",
                          "-o", "constants.o")
        if not result.returncode:
            break
        wrong = {int(line) - first
                 for line in ERROR_LINE.findall(result.stderr)}
        if not wrong or min(wrong) < 0:
            sys.exit("constants: %s" % result.stderr)
        unknown = set(UNDECLARED.findall(result.stderr))
        names = [name for at, name in enumerate(names) if at not in wrong and
                 not unknown & set(re.findall(r"\w+", expressions[name]))]
    else:
        sys.exit("constants: the compiler goes on finding errors")
    data = elf.section(os.path.join(options.work, "constants.o"), SECTION)
    if len(data) != 8 * len(names):
        sys.exit("constants: %d values of %d names" % (len(data) // 8,
                                                       len(names)))
    return dict(zip(names, struct.unpack("<%dq" % len(names), data)))


def read_constants(options):
    """Name of each constant to its value."""
    found = {}
    integers = {name: name for name in enumerators(options)}
    for name, text in macros(options).items():
        tokens = significant(text)
        string = string_value(tokens)
        if string is not None:
            found[name] = string
        elif may_be_integer(tokens):
            integers[name] = text
    found.update(integer_values(options, integers))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    syscalls.add_inputs(parser)
    parser.add_argument("--headers", required=True,
                        help="directory with the prefixed headers, named lkl")
    parser.add_argument("--names", required=True,
                        help="the list that layout.py wrote")
    parser.add_argument("--layout", required=True,
                        help="the object file of that list")
    parser.add_argument("--cc", default="cc", help="C compiler for the target")
    parser.add_argument("--work", required=True,
                        help="directory for temporary files")
    parser.add_argument("--release", required=True, help="of the kernel")
    parser.add_argument("--architecture", required=True)
    parser.add_argument("--output", required=True, help="JSON file to write")
    options = parser.parse_args()
    try:
        os.makedirs(options.work, exist_ok=True)
        report = {
            "release": options.release,
            "architecture": options.architecture,
            "calls": read_calls(options),
            "structures": read_structures(options),
            "constants": read_constants(options),
        }
        with open(options.output, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1, sort_keys=True)
            file.write("\n")
    except (elf.Error, OSError) as error:
        sys.exit(str(error))
    print("%s: %d calls, %d structures, %d constants" % (
        options.output, len(report["calls"]), len(report["structures"]),
        len(report["constants"])))


if __name__ == "__main__":
    main()
