#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# errors-page.sh - each sentence that docs/errors.md explains is in the code.

. "$top_srcdir/tests/helpers/lib.sh"
python3 - "$top_srcdir" <<'END'
import pathlib, re, sys
top = pathlib.Path(sys.argv[1])
page = (top / "docs/errors.md").read_text(encoding="utf-8")
sentences = re.findall(r"^### `(.*)`$", page, re.M)
assert len(sentences) == page.count("\n### ") >= 15, len(sentences)
literals = []
for folder in "src", "lkl/blk", "lkl/host":
    for path in (top / folder).rglob("*.c"):
        text = path.read_text(encoding="utf-8")
        # Adjacent literals are one string.
        text = re.sub(r'"\s*\n\s*"', "", text)
        literals += re.findall(r'"((?:[^"\\\n]|\\.)*)"', text)
# What printf() replaces varies.
literals = [re.sub(r"%[-#0-9.]*(?:l|ll|z|h)*[a-zA-Z]", "…", text.replace("\\n", ""))
            for text in literals]
missing = [sentence for sentence in sentences
           if not any(sentence in text or sentence.strip("… ") in text
                      for text in literals)]
for sentence in missing:
    print("FAIL: the code does not say:", sentence)
sys.exit(bool(missing))
END
