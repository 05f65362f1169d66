#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# luks-key-damaged.sh - lkl-luks-key answers every damaged or hostile LUKS header
# with the key or one sentence, and refuses what dm-crypt could misread.
#
# LUKS_DAMAGED=N: so many damaged headers of each version.

. "$top_srcdir/tests/helpers/lib.sh"

need cryptsetup python3
program=$top_builddir/lkl/lkl-luks-key
[ -x "$program" ] || skip "the build has no libcryptsetup"

printf secret >key
truncate -s 32M one two
run_check cryptsetup luksFormat -q --type luks1 --pbkdf-force-iterations 1000 \
	one key
run_check cryptsetup luksFormat -q --type luks2 --pbkdf argon2id \
	--pbkdf-memory 64 --pbkdf-force-iterations 4 --pbkdf-parallel 1 two key

cat >damage.py <<'EOF'
import concurrent.futures, fcntl, hashlib, json, os, random, re
import signal, struct, subprocess, sys

program, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
RESULT = struct.Struct("@i256sIIIIQQQ40s128s128s")


def unlock(header, passphrase=b"secret"):
    """The answer of the program: (code, sentence, cipher, length)."""
    memory = os.memfd_create("header")
    os.write(memory, header)
    os.ftruncate(memory, 32 << 20)
    reader, writer = os.pipe()
    os.write(writer, passphrase)
    os.close(writer)
    child = subprocess.run(
        ["bash", "-c", 'ulimit -t 2; exec "$0" strict luks 3<&%d' % reader,
         program],
        stdin=os.fdopen(memory), stdout=subprocess.PIPE, pass_fds=[reader])
    os.close(reader)
    if child.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        # So many rounds are asked for.
        return -1, "the limit of time", "", 0
    if child.returncode or len(child.stdout) < RESULT.size:
        return child.returncode or 99, "no answer", "", 0
    fields = RESULT.unpack_from(child.stdout)
    text = fields[1].split(b"\0")[0].decode(errors="replace")
    cipher = fields[10].split(b"\0")[0].decode(errors="replace")
    return fields[0], text, cipher, fields[7]


# How sentences of ours begin; libcryptsetup's name its file and end in a full stop.
BEGINNINGS = ("cannot read its LUKS header: ", "cannot derive its key: ",
              "no key slot has", "it has ", "it is ", "its ",
              "there is not enough memory", "the limit of time")


def sound(name, header, answer):
    code, text = answer[:2]
    if code > 0 or (code < 0 and (
            not text.startswith(BEGINNINGS) or
            re.search(r"\n|/proc|Device|libcryptsetup:|\.$", text))):
        open("bad", "wb").write(header)
        sys.exit("FAIL: %s: %d, %r" % (name, code, text))


def seal(header, size=16384):
    """Correct the checksum of both LUKS2 headers."""
    for at in 0, size:
        digest = hashlib.sha256(
            header[at:at + 448] + bytes(64) + header[at + 512:at + size])
        header[at + 448:at + 512] = digest.digest() + bytes(32)
    return header


def with_json(header, change):
    """The LUKS2 header with other JSON, in both copies."""
    old = json.loads(bytes(header[4096:16384]).split(b"\0")[0])
    new = change(old)
    text = new if isinstance(new, bytes) else json.dumps(new or old).encode()
    header = bytearray(header)
    for at in 4096, 16384 + 4096:
        header[at:at + 12288] = text[:12287].ljust(12288, b"\0")
    return seal(header)


one = open("one", "rb").read(2 << 20)
two = open("two", "rb").read(2 << 20)
for name, header in ("one", one), ("two", two):
    code, text, cipher, _ = unlock(header)
    if code or cipher != "aes-xts-plain64":
        sys.exit("FAIL: %s: %d, %s, %s" % (name, code, text, cipher))
    if unlock(header, b"wrong")[:2] != (-1, "no key slot has this passphrase"):
        sys.exit("FAIL: a wrong key opens " + name)


def set_in(path, value):
    def change(tree):
        node = tree
        for part in path[:-1]:
            node = node[part]
        node[path[-1]] = value
    return change


segment = ["segments", "0"]
slot = ["keyslots", "0"]
second = {"type": "linear", "offset": "20971520", "size": "4096"}
hostile = [
    set_in(segment + ["encryption"], "aes-xts-plain64 0 7:0 0 1"),
    set_in(segment + ["encryption"], "aes-xts-plain64\n0 8 linear"),
    set_in(segment + ["encryption"], "cipher_null-ecb"),
    set_in(segment + ["encryption"], "a" * 400),
    set_in(segment + ["sector_size"], 100),
    set_in(segment + ["size"], "18446744073709551615"),
    set_in(segment + ["offset"], "18446744073709551104"),
    set_in(segment + ["iv_tweak"], "18446744073709551615"),
    set_in(segment + ["integrity"],
           {"type": "hmac(sha256)", "journal_encryption": "none",
            "journal_integrity": "none"}),
    set_in(["segments", "1"], second),
    set_in(["segments"], {}),
    set_in(["config", "requirements"], {"mandatory": ["online-reencrypt-v2"]}),
    set_in(["config", "requirements"], {"mandatory": ["from-the-future"]}),
    set_in(slot + ["kdf", "memory"], 4294967295),
    set_in(slot + ["kdf", "cpus"], 4294967295),
    set_in(slot + ["area", "size"], "18446744073709551615"),
    set_in(slot + ["af", "stripes"], 2147483647),
    set_in(slot + ["key_size"], 1 << 30),
    set_in(slot + ["area", "encryption"], "serpent-xts-plain64"),
    set_in(segment + ["encryption"],
           "serpent\vaa\v0\v254:0\v0\v0\v-x"),
    set_in(segment + ["encryption"], "aes-xts-plain64\f0"),
    set_in(segment + ["encryption"], "aes-xts\r-plain64"),
    set_in(segment + ["encryption"], "aes-xts-plain64\u00a00"),
    lambda tree: b'{"a":' * 2000,
    lambda tree: b"[" * 12000,
    lambda tree: b"",
    lambda tree: b"\xff" * 12287,
]
# Only the words up to a blank count; the others are checked where they are used.
harmless = (0, 1, 3, 5, 6, 7, 16, 20, 21)
for number, change in enumerate(hostile):
    header = with_json(two, change)
    answer = unlock(header)
    sound("hostile %d" % number, header, answer)
    print("hostile", number, answer, file=sys.stderr)
    if answer[0] == 0 and (number not in harmless or
                           not re.fullmatch("[A-Za-z0-9:()_,.-]+", answer[2])):
        sys.exit("FAIL: hostile %d is opened: %r" % (number, answer))


def damaged(number):
    rng = random.Random(seed * 1000003 + number)
    name = "two" if number % 2 else "one"
    header = bytearray(two if number % 2 else one)
    end = 16384 if number % 2 else 1024
    for _ in range(rng.choice((1, 2, 8))):
        at = rng.randrange(end)
        header[at] = rng.choice((0, 255, rng.randrange(256), header[at] ^ 1))
    if number % 2 and rng.random() < 0.8:
        header[16384 + 4096:32768] = header[4096:16384]
        seal(header)
    sound("%s, damage %d" % (name, number), bytes(header), unlock(header))


with concurrent.futures.ThreadPoolExecutor(4) as pool:
    list(pool.map(damaged, range(2 * count)))
EOF
run_check timeout 300 python3 damage.py "$program" "${LUKS_DAMAGED:-60}" \
	"${TEST_SEED:-1}" >log || { cat log >&3; exit 1; }
cat log >&3
