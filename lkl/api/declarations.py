# SPDX-License-Identifier: GPL-2.0-only
"""Give each identifier of a header one of the roles below.

This is not a C parser: it knows just enough of C's declarations to tell a
declared name from the types before it.  It reads the code of all branches of a
conditional, one after the other; headers in the kernel's style allow that.  It
does not expand macros.
"""

from tokens import IDENT, STRING

TAG = "tag"			# struct, union or enum tag
TYPEDEF = "typedef"		# declared type name
ENUMERATOR = "enumerator"
OBJECT = "object"		# declared function or variable at file scope
MEMBER = "member"		# declared or accessed member
LOCAL = "local"			# declared parameter
USE = "use"			# anything else: whatever the name stands for

QUALIFIERS = {
    "const", "volatile", "__const", "__volatile__", "restrict",
    "__restrict", "__restrict__", "extern", "static", "inline", "__inline",
    "__inline__", "__extension__", "register", "auto",
}
BASE_TYPES = {
    "void", "char", "short", "int", "long", "float", "double", "signed",
    "unsigned", "__signed__", "_Bool", "__int128", "__builtin_va_list",
}
STATEMENT_WORDS = {
    "if", "else", "for", "while", "do", "switch", "case", "default",
    "return", "goto", "break", "continue", "sizeof", "typedef", "struct",
    "union", "enum",
}
RESERVED = QUALIFIERS | BASE_TYPES | STATEMENT_WORDS | {
    "__attribute__", "__attribute", "asm", "__asm__", "__typeof__", "typeof",
    "__alignof__", "_Static_assert", "static_assert", "defined",
}

# Macros that stand behind a declared name.
TRAILING_MACROS = {
    "__packed", "__aligned_u64", "__nonstring", "__kernel_nonstring",
    "__attribute_const__",
    "__counted_by",
}

# Macros that declare members: the role of each argument, and what the rest
# of the arguments is ("members": member declarations).
DECLARING_MACROS = {
    "__DECLARE_FLEX_ARRAY": ((USE, MEMBER), None),
    "__struct_group": ((TAG, MEMBER, USE), "members"),
}

_CLOSING = {"(": ")", "[": "]", "{": "}"}


class Malformed(Exception):
    """The walk lost its way; the argument says where."""


class _Walk:
    def __init__(self, tokens):
        self.tokens = tokens
        self.pos = 0
        self.linkage = 0	# extern "C" { that are open

    def peek(self, ahead=0):
        at = self.pos + ahead
        return self.tokens[at].text if at < len(self.tokens) else ""

    def peek_kind(self, ahead=0):
        at = self.pos + ahead
        return self.tokens[at].kind if at < len(self.tokens) else ""

    def mark(self, role):
        """Give the current token a role and step over it."""
        self.tokens[self.pos].role = role
        self.pos += 1

    def where(self):
        return " ".join(t.text for t in self.tokens[max(0, self.pos - 8):
                                                    self.pos + 8])

    def expression(self, stop):
        """Step over an expression, up to a token of stop."""
        last = ""
        while self.pos < len(self.tokens):
            text = self.peek()
            if text in stop:
                return
            if text in _CLOSING:
                self.balanced()
                last = ")"
                continue
            if text in ("struct", "union", "enum"):
                self.tagged()
                last = text
                continue
            if self.peek_kind() == IDENT:
                member = last in (".", "->")
                self.mark(MEMBER if member else USE)
                if text in ("offsetof", "__builtin_offsetof"):
                    self.offsetof()
            else:
                self.pos += 1
            last = text
        raise Malformed("end of file in expression")

    def balanced(self):
        """Step over brackets, parentheses or braces and what they hold."""
        closing = _CLOSING[self.peek()]
        self.pos += 1
        self.expression((closing,))
        self.pos += 1

    def offsetof(self):
        if self.peek() != "(":
            return
        self.pos += 1
        self.expression((",",))
        self.pos += 1
        if self.peek_kind() == IDENT:
            self.mark(MEMBER)
        self.expression((")",))
        self.pos += 1

    def attributes(self):
        while self.peek() in ("__attribute__", "__attribute"):
            self.pos += 1
            self.balanced()

    def tagged(self):
        """Step over struct, union or enum, with its body if there is one."""
        keyword = self.peek()
        self.pos += 1
        self.attributes()
        if self.peek_kind() == IDENT:
            self.mark(TAG)
        self.attributes()
        if self.peek() != "{":
            return
        self.pos += 1
        if keyword == "enum":
            self.enumerators()
        else:
            self.declarations(MEMBER, "}")
        self.pos += 1

    def enumerators(self):
        """The body of an enum, to its closing brace."""
        while self.peek() != "}":
            if not self.peek():
                raise Malformed("end of file in enum")
            if self.peek_kind() == IDENT:
                # A macro that makes enumerators declares none itself.
                self.mark(USE if self.peek(1) == "(" else ENUMERATOR)
            self.expression((",", "}"))
            if self.peek() == ",":
                self.pos += 1

    def declarations(self, role, end):
        """Declarations, at file scope or of members, up to end."""
        while self.peek() != end:
            if not self.peek():
                raise Malformed("end of file in declarations")
            self.declaration(role)

    def declaring_macro(self, macro):
        """The arguments of a macro that declares members."""
        roles, rest = DECLARING_MACROS[macro]
        self.pos += 1
        for role in roles:
            if role == USE:
                self.expression((",", ")"))
            elif self.peek_kind() == IDENT:
                self.mark(role)
            if self.peek() == ",":
                self.pos += 1
        if rest == "members":
            self.declarations(MEMBER, ")")
        self.expression((")",))
        self.pos += 1

    def parameters(self):
        """A parenthesised list of parameters."""
        self.pos += 1
        while self.peek() != ")":
            self.declarator_list(LOCAL, (",", ")"))
            if self.peek() == ",":
                self.pos += 1
        self.pos += 1

    def declaration(self, role):
        """One declaration, with its semicolon or function body."""
        if self.peek() == ";":
            self.pos += 1
            return
        if self.peek() == "extern" and self.peek_kind(1) == STRING:
            self.pos += 2
            if self.peek() == "{":
                self.pos += 1
                self.linkage += 1
                return
        if self.peek() == "}" and role == OBJECT and self.linkage:
            self.linkage -= 1
            self.pos += 1
            return
        if self.peek() == "typedef":
            self.pos += 1
            role = TYPEDEF
        self.declarator_list(role, (";", "{", "}", ")"))
        if self.peek() == "{":
            self.balanced()
        elif self.peek() == ";":
            self.pos += 1
        elif role != MEMBER or not self.peek():
            raise Malformed("no end of declaration: " + self.where())

    def declarator_list(self, role, stop):
        """Type and declared names, up to a token of stop."""
        typed = False		# the type is complete or at least begun
        named = None		# the last candidate for the declared name
        while self.peek() not in stop:
            text = self.peek()
            if text in QUALIFIERS or text == "*":
                self.pos += 1
            elif text in BASE_TYPES:
                self.pos += 1
                typed = True
            elif text in ("__attribute__", "__attribute"):
                self.attributes()
            elif text in ("struct", "union", "enum"):
                self.tagged()
                typed = True
            elif text in ("__typeof__", "typeof", "asm", "__asm__"):
                self.pos += 1
                self.balanced()
                typed = True
            elif self.peek_kind() == IDENT:
                if not typed and self.peek(1) == "(":
                    # A macro in place of a declaration.
                    self.mark(USE)
                    if text in DECLARING_MACROS:
                        self.declaring_macro(text)
                    else:
                        self.balanced()
                elif not typed or text in TRAILING_MACROS:
                    self.mark(USE)
                    typed = True
                else:
                    if named:
                        named.role = USE
                    named = self.tokens[self.pos]
                    self.mark(role)
            elif text == "(":
                named = self.parenthesis(role, named)
            elif text == "[":
                self.balanced()
            elif text == ",":
                self.pos += 1
                named = None
            elif text in (":", "="):
                self.expression((",",) + stop)
            elif text == "...":
                self.pos += 1
            else:
                raise Malformed("unexpected %s: %s" % (text or "end of file",
                                                       self.where()))

    def parenthesis(self, role, named):
        """Parameters of what was named, or a parenthesised declarator."""
        if named:
            self.parameters()
            return named
        self.pos += 1
        while self.peek() == "*" or self.peek() in QUALIFIERS:
            self.pos += 1
        if self.peek_kind() == IDENT:
            named = self.tokens[self.pos]
            self.mark(role)
        self.expression((")",))
        self.pos += 1
        return named


def classify(code):
    """Give each identifier of code (significant tokens) its role."""
    walk = _Walk(code)
    while walk.pos < len(code):
        walk.declaration(OBJECT)
    if walk.linkage:
        raise Malformed("end of file in extern \"C\"")


def classify_fragment(body):
    """The same for a macro's body, which can be any piece of code."""
    last = ""
    offsetof = 0		# parentheses around the current member name
    for at, token in enumerate(body):
        if token.kind == IDENT:
            if last in ("struct", "union", "enum"):
                token.role = TAG
            elif last in (".", "->"):
                token.role = MEMBER
            elif (last == "," and at >= 2 and offsetof and
                  at + 1 < len(body) and body[at + 1].text in ")[."):
                token.role = MEMBER
            else:
                token.role = USE
        if last in ("offsetof", "__builtin_offsetof"):
            offsetof = 1
        elif token.text == "(" and offsetof:
            offsetof += 1
        elif token.text == ")" and offsetof:
            offsetof -= 1
        last = token.text
