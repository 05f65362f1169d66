# SPDX-License-Identifier: GPL-2.0-only
"""Read a section of a 64-bit little-endian ELF object file."""

import struct

SHT_NOBITS = 8


class Error(Exception):
    """The file is not what was expected; the message names it."""


def section(path, name):
    """The bytes of the section."""
    with open(path, "rb") as file:
        header = file.read(64)
        if len(header) < 64 or header[:6] != b"\x7fELF\x02\x01":
            raise Error("%s: not a 64-bit little-endian ELF file" % path)
        table, = struct.unpack_from("<Q", header, 40)
        size, count, strings = struct.unpack_from("<HHH", header, 58)

        def read_header(index):
            file.seek(table + index * size)
            return struct.unpack("<IIQQQQIIQQ", file.read(64))

        # With very many sections the counts are in the first header.
        first = read_header(0)
        count = count or first[5]
        if strings == 0xffff:
            strings = first[6]
        strings = read_header(strings)
        file.seek(strings[4])
        names = file.read(strings[5])
        wanted = name.encode() + b"\0"
        for index in range(1, count):
            fields = read_header(index)
            if names.startswith(wanted, fields[0]):
                if fields[1] == SHT_NOBITS:
                    raise Error("%s: section %s is empty" % (path, name))
                file.seek(fields[4])
                return file.read(fields[5])
    raise Error("%s: no section %s" % (path, name))
