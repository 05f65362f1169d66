# SPDX-License-Identifier: GPL-2.0-only
"""Separate the directives of a header from its code."""

from tokens import HASH, IDENT, NEWLINE, WS


class Directive:
    """One directive.

    words: its significant tokens, without the #.  Of a #define also
    parameters: their names (None if the macro is object-like), and
    body: the significant tokens of what it expands to.
    """

    def __init__(self, tokens):
        self.words = [token for token in tokens if token.kind != WS]
        self.keyword = self.words[0].text if self.words else ""
        self.parameters = None
        self.body = []
        if self.keyword == "define":
            self._define(tokens)

    def _define(self, tokens):
        name = self.words[1]
        at = next(i for i, token in enumerate(tokens) if token is name) + 1
        if at < len(tokens) and tokens[at].text == "(":
            self.parameters = []
            while tokens[at].text != ")":
                if tokens[at].kind == IDENT:
                    self.parameters.append(tokens[at].text)
                elif tokens[at].text == "...":
                    self.parameters.append("__VA_ARGS__")
                at += 1
            at += 1
        self.body = [token for token in tokens[at:] if token.kind != WS]


def split(tokens):
    """The significant tokens of the code, and the list of directives."""
    code = []
    directives = []
    current = None
    for token in tokens:
        if token.kind == HASH:
            current = []
        elif current is None:
            if token.kind not in (WS, NEWLINE):
                code.append(token)
        elif token.kind == NEWLINE:
            directives.append(Directive(current))
            current = None
        else:
            current.append(token)
    if current is not None:
        directives.append(Directive(current))
    return code, directives
