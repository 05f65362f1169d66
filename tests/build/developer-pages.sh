#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# developer-pages.sh - the files, functions, tests and pages that HACKING.md, docs/ and
# the other pages name exist.

. "$top_srcdir/tests/helpers/lib.sh"
python3 - "$top_srcdir" <<'END'
import fnmatch, os, pathlib, re, sys
top = pathlib.Path(sys.argv[1])
pages = sorted(top.glob("*.md")) + sorted(top.glob("docs/**/*.md"))
assert len(pages) > 15, len(pages)

files, folders, words = [], set(), set()
for folder, names, leaves in os.walk(top):
    names[:] = [name for name in names
                if name != ".git" and not os.path.exists(f"{folder}/{name}/config.status")]
    inside = os.path.relpath(folder, top)
    folders.add("" if inside == "." else inside)
    files += ["/" + os.path.normpath(os.path.join(inside, leaf)) for leaf in leaves]
for name in files:
    if re.search(r"\.(c|h|S|py|sh|lds\.S|syms|conf)$", name) or "/configs/" in name:
        text = (top / name[1:]).read_text(encoding="utf-8", errors="replace")
        words.update(re.findall(r"[A-Za-z_]\w*", text))

# Of the kernel, libc, libfuse and other programs.
FOREIGN = set("""
    arch_local_irq_restore blk_finish_plug current_time fork iomap_dio_rw iterate_supers
    register_oom_notifier vfs_iter_read vfs_read virt_to_page virtqueue_notify
    wakeup_flusher_threads vmalloc preadv2
""".split())
# What a build or a user makes, and files that are not of this project.
MADE = re.compile(r"""bench\.(json|md)$|api-(report|differences)\.(json|txt)$|^out\.tar$
    |lkl\.pc$|^config\.h$|^libc\.h$|NAME|TOOL|owner-everywhere|^fuzzers/|^/|^~|^mnt/|^kernel/(src|obj)|^variant-asan
    |^test-logs|^lib/(crc|raid6)|^fs/$|^block/$|^drivers/md$|^include/(linux|crc32\.h)
    |^arch/(lkl|x86)$|^[a-z]+\.(img|qcow2|tar|ext4|iso)$|^ci-logs$|\$""", re.X)

def exists(token, folder):
    token = token.rstrip("/")
    if not token or token in folders or (top / token).exists():
        return True
    if any(known.endswith("/" + token) for known in folders):
        return True
    endings = ["*/" + token, "*/" + token + ".c", "*/" + token + ".sh"]
    return any(fnmatch.fnmatch(name, ending) for ending in endings for name in files)

named = {"file": 0, "function": 0}
for page in pages:
    text = page.read_text(encoding="utf-8")
    text = re.sub(r"(?ms)^```.*?^```$", "", text)
    for token in re.findall(r"`([^`\n]+)`", text):
        where = f"{page.relative_to(top)}: `{token}`"
        if re.fullmatch(r"[a-z_][a-z0-9_]*\(\)", token):
            named["function"] += 1
            if token[:-2] not in words and token[:-2] not in FOREIGN:
                print(f"FAIL: no such function: {where}")
        elif re.fullmatch(r"[\w.*/-]+\.(c|h|S|py|sh|syms|m4|mk|config)", token) or \
                re.fullmatch(r"(lkl|src|tests|bench|docs|man|debian|packaging|contrib"
                             r"|unit|boot|storage|tools|fuse|root|sandbox|lklrun|build"
                             r"|fuzz|api)/[\w.*/-]*", token):
            # A release has no debian/.
            if MADE.search(token) or (token.startswith("debian/") and
                                      not (top / "debian").exists()):
                continue
            named["file"] += 1
            if not exists(token, page.parent):
                print(f"FAIL: no such file: {where}")
assert named["file"] > 200 and named["function"] > 60, named
END
