# SPDX-License-Identifier: GPL-2.0-only
"""Split C source into tokens, losslessly: joining them gives the source back.

Nothing is expanded or evaluated.  Directives are not single tokens: one
begins with a HASH and ends before the next NEWLINE token (a line that is
continued has none), so that the names inside it are tokens like all others.
"""

import re

WS = "ws"		# blanks, comments, continued line ends
NEWLINE = "newline"
HASH = "hash"		# a # that begins a directive
HEADER = "header"	# <...> or "..." of an #include
IDENT = "ident"
NUMBER = "number"
STRING = "string"	# string or character constant
PUNCT = "punct"

_TOKEN = re.compile(
    r"""
      (?P<comment> /\*.*?\*/ | //(?:\\\n|[^\n])* )
    | (?P<ws> (?:[ \t\f\v\r]|\\\n)+ )
    | (?P<newline> \n )
    | (?P<string> L?"(?:\\.|[^"\\\n])*" | L?'(?:\\.|[^'\\\n])*' )
    | (?P<ident> [A-Za-z_][A-Za-z_0-9]* )
    | (?P<number> \.?[0-9](?:[eEpP][+-]|[A-Za-z_0-9.])* )
    | (?P<punct> \.\.\. | -> | \#\# | . )
    """, re.S | re.X)

_HEADER = re.compile(r'<[^>\n]*>|"[^"\n]*"')


class Token:
    """kind and text; role is set by declarations.classify()."""
    __slots__ = ("kind", "text", "role")

    def __init__(self, kind, text):
        self.kind = kind
        self.text = text
        self.role = None

    def __repr__(self):
        return "%s:%r" % (self.kind, self.text)


def tokenize(text):
    """The list of tokens of text."""
    tokens = []
    pos = 0
    line_start = True		# only blanks since the line began
    directive = []		# significant texts of the directive, if in one
    while pos < len(text):
        if directive in (["#", "include"], ["#", "include_next"]):
            match = _HEADER.match(text, pos)
            if match:
                tokens.append(Token(HEADER, match.group()))
                directive.append(match.group())
                pos = match.end()
                continue
        match = _TOKEN.match(text, pos)
        kind = match.lastgroup
        word = match.group()
        pos = match.end()
        if kind == "comment":
            kind = WS
        if kind == PUNCT and word == "#" and line_start:
            kind = HASH
            directive = ["#"]
        elif kind == NEWLINE:
            directive = []
        elif directive and kind != WS:
            directive.append(word)
        if kind == NEWLINE:
            line_start = True
        elif kind != WS:
            line_start = False
        tokens.append(Token(kind, word))
    return tokens


def join(tokens):
    return "".join(token.text for token in tokens)
