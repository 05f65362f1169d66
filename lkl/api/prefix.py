# SPDX-License-Identifier: GPL-2.0-only
"""Give every global name of a set of headers the prefix lkl_ or LKL_.

Comments, strings, members and the compiler's own macros keep their names.
rules.py lists the headers and further names to keep.
"""

import declarations
import rules
from directives import split
from tokens import HEADER, IDENT, join, tokenize


CONDITIONS = ("ifdef", "ifndef", "if", "elif")


class Error(Exception):
    """A header that cannot be prefixed; the message has no file name."""


def prefixed(name):
    """LKL_ before names whose first letter is a capital, lkl_ otherwise."""
    letters = name.lstrip("_0123456789")
    if not letters:
        raise Error("no letter tells the prefix of %s" % name)
    return ("LKL_" if letters[0].isupper() else "lkl_") + name


class Header:
    """A header as tokens, with the role of each identifier."""

    def __init__(self, text):
        self.tokens = tokenize(text)
        self.code, self.directives = split(self.tokens)
        try:
            declarations.classify(self.code)
        except declarations.Malformed as error:
            raise Error(str(error))
        for directive in self.directives:
            declarations.classify_fragment(directive.body)

    def globals(self):
        """The names that are visible to whoever includes the header.

        Names in conditions count, even if nothing defines them.  Tags do
        not: struct, union or enum before them is enough to know them by.
        """
        names = {token.text for token in self.code
                 if token.role in (declarations.TYPEDEF,
                                   declarations.ENUMERATOR,
                                   declarations.OBJECT)}
        for directive in self.directives:
            if directive.keyword == "define":
                names.add(directive.words[1].text)
            elif directive.keyword in CONDITIONS:
                names.update(token.text for token in directive.words[1:]
                             if token.kind == IDENT)
        return names - rules.PREDEFINED

    def tags(self):
        return {token.text for token in self.code
                if token.role == declarations.TAG}

    def pasting(self):
        """Macros that paste parameters: their name, and which parameters."""
        found = {}
        for directive in self.directives:
            body = [token.text for token in directive.body]
            for at, text in enumerate(body):
                if text in (directive.parameters or ()) and "##" in (
                        body[at - 1:at] + body[at + 1:at + 2]):
                    found.setdefault(directive.words[1].text, set()).add(
                        directive.parameters.index(text))
        return found


class Prefixer:
    """Rewrites headers.

    headers: all of them; includes(path): the path to include in place of
    <path>, None if it is to be left as it is.
    """

    def __init__(self, headers, includes):
        self.names = set()
        self.tags = set()
        self.pasting = {}
        for header in headers:
            self.names |= header.globals()
            self.tags |= header.tags()
            self.pasting.update(header.pasting())
        self.includes = includes

    def rewrite(self, header):
        """The text of the header, rewritten.  Spoils its tokens."""
        self.spare_pasted(header.code)
        for token in header.code:
            if token.kind == IDENT:
                self.rename(token)
        for directive in header.directives:
            self.directive(directive)
        return join(header.tokens)

    def spare_pasted(self, tokens):
        """Take the role of names that are an argument to be pasted.

        They are not names yet, even if there happens to be one like them.
        """
        for at, token in enumerate(tokens[:-1]):
            if token.text not in self.pasting or tokens[at + 1].text != "(":
                continue
            depth = 0
            argument = 0
            for word in tokens[at + 1:]:
                if word.text == "(":
                    depth += 1
                elif word.text == ")":
                    depth -= 1
                    if not depth:
                        break
                elif word.text == "," and depth == 1:
                    argument += 1
                elif depth == 1 and argument in self.pasting[token.text]:
                    word.role = None

    def rename(self, token):
        if token.role == declarations.TAG:
            token.text = prefixed(token.text)
        elif token.role == declarations.MEMBER:
            if token.text in rules.RENAMED_MEMBERS:
                token.text = prefixed(token.text)
        elif token.role and token.text in self.names:
            token.text = prefixed(token.text)

    def directive(self, directive):
        words = directive.words
        if directive.keyword == "include":
            self.include(words[1])
        elif directive.keyword in CONDITIONS + ("undef",):
            for token in words[1:]:
                if token.text in self.names:
                    token.text = prefixed(token.text)
        elif directive.keyword == "define":
            self.body(directive.body, directive.parameters or ())
            words[1].text = prefixed(words[1].text)

    def include(self, token):
        if token.kind != HEADER:
            raise Error("#include %s" % token.text)
        path = self.includes(token.text[1:-1])
        if path:
            token.text = "<%s>" % path

    def body(self, body, parameters):
        if len(body) == 1 and body[0].text in self.tags - self.names:
            # The old name of a struct.
            body[0].role = declarations.TAG
        self.spare_pasted(body)
        last = ""
        for at, token in enumerate(body):
            text = token.text
            if token.kind == IDENT and text not in parameters:
                pasted = at + 1 < len(body) and body[at + 1].text == "##"
                if pasted and last != "##":
                    # The beginning of a name that the macro makes.
                    token.text = prefixed(text)
                elif last != "##":
                    self.rename(token)
            last = text
