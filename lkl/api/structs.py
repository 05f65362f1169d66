# SPDX-License-Identifier: GPL-2.0-only
"""Read the definitions of structures out of preprocessed C."""

import declarations
from tokens import IDENT, NEWLINE, WS, tokenize


class Member:
    """A member by its path, as offsetof() takes it.

    kind: "plain"; "flexible", an array without a size; "bits", a bit-field,
    which has neither offset nor size; "inner", a struct or union with a body,
    whose own members follow.
    """

    def __init__(self, path, kind):
        self.path = path
        self.kind = kind


class Definitions:
    """All definitions in a text.

    structs maps a type, "struct stat" or a typedef for one without a tag, to
    its members.  uses maps a type or typedef to the words of its definition,
    with tags as "struct stat".
    """

    def __init__(self, text):
        self.structs = {}
        self.uses = {}
        code = [token for token in tokenize(text)
                if token.kind not in (WS, NEWLINE)]
        declarations.classify(code)
        self.code = code
        for at, token in enumerate(code):
            if token.text in ("struct", "union"):
                self._tagged(at)
            elif token.text == "typedef":
                self._typedef(at)

    def _tagged(self, at):
        name = self.tag(at)
        brace = self.body(at)
        if name and brace:
            end = self.closing(brace)
            kind = "%s %s" % (self.code[at].text, name)
            self.structs[kind] = self.members(brace + 1, end, "")
            self.uses[kind] = self.words(brace, end)

    def _typedef(self, at):
        end = at
        while self.code[end].text != ";":
            end = self.closing(end) + 1
        for token in self.code[at:end]:
            if token.role == declarations.TYPEDEF:
                self.uses[token.text] = self.words(at, end)
        brace = self.body(at + 1)
        if (self.code[at + 1].text in ("struct", "union") and brace and
                not self.tag(at + 1)):
            names = [token.text
                     for token in self.code[self.closing(brace):end]
                     if token.role == declarations.TYPEDEF]
            self.structs[names[0]] = self.members(
                brace + 1, self.closing(brace), "")

    def closing(self, at):
        """Where what is opened at this place ends; the place itself if
        nothing is."""
        depth = 0
        while True:
            text = self.code[at].text
            depth += {"{": 1, "(": 1, "[": 1,
                      "}": -1, ")": -1, "]": -1}.get(text, 0)
            if depth <= 0:
                return at
            at += 1

    def tag(self, at):
        """The tag after the keyword at this place, or None."""
        at = self.skip_attributes(at + 1)
        return self.code[at].text if self.code[at].kind == IDENT else None

    def body(self, at):
        """Where the brace of the struct at this place is, or None."""
        at = self.skip_attributes(at + 1)
        if self.code[at].kind == IDENT:
            at = self.skip_attributes(at + 1)
        return at if self.code[at].text == "{" else None

    def skip_attributes(self, at):
        while self.code[at].text in ("__attribute__", "__extension__"):
            at += 1
            if self.code[at].text == "(":
                at = self.closing(at) + 1
        return at

    def words(self, start, end):
        """The identifiers in a range, tags with their keywords."""
        found = set()
        for at in range(start, end):
            token = self.code[at]
            if token.role == declarations.TAG:
                found.add("%s %s" % (self.code[at - 1].text, token.text))
            elif token.role == declarations.USE:
                found.add(token.text)
        return found

    def members(self, start, end, prefix):
        """The members declared in a range, with prefix before their paths."""
        found = []
        at = start
        inner = None		# range of the body before the declarators
        named = False
        while at < end:
            token = self.code[at]
            if token.text in ("struct", "union") and self.body(at):
                brace = self.body(at)
                inner = (brace + 1, self.closing(brace),
                         self.tag(at) is not None)
                at = inner[1]
            elif token.text == ";":
                if inner and not named and not inner[2]:
                    found += self.members(inner[0], inner[1], prefix)
                inner = None
                named = False
            elif token.role == declarations.MEMBER:
                found += self.declarator(at, prefix, inner)
                named = True
            elif token.text in ("[", "("):
                # Sizes, attributes; but (*name)(...) declares a name.
                close = self.closing(at)
                for place in range(at, close):
                    if (self.code[place].role == declarations.MEMBER and
                            not named):
                        found += self.declarator(place, prefix, inner)
                        named = True
                at = close
            at += 1
        return found

    def declarator(self, at, prefix, inner):
        """The members that one declared name makes."""
        path = prefix + self.code[at].text
        after = self.code[at + 1].text
        if after == ":":
            return [Member(path, "bits")]
        if after == "[":
            size = self.code[at + 2].text
            if size == "]" or (size == "0" and
                               self.code[at + 3].text == "]"):
                return [Member(path, "flexible")]
        if not inner:
            return [Member(path, "plain")]
        found = [Member(path, "inner")]
        close = at + 1
        while self.code[close].text == "[":
            close = self.closing(close) + 1
            path += "[0]"
        return found + self.members(inner[0], inner[1], path + ".")
