# SPDX-License-Identifier: GPL-2.0-only
"""
Volumes that are encrypted, of LVM and of md, beside the plain image.

LVM and mdadm make the volumes in the virtual machine of guestfish; what they hold is
put there from outside, at the start of their data.  All headers of LUKS ask for
the least derivation of a key, so that it does not count.
"""

import os
import struct

from lib import needs
from lib.data import sh
from lib.job import Job, Skip, Variant
from jobs.tar import to_archive

MIB = 1 << 20
# Metadata behind or before the data, generously.
ROOM = 64 * MIB

IN_GUEST = {
    "lvm": "pvcreate /dev/sda; vgcreate vg /dev/sda; "
           "lvcreate -y -l 100%FREE -n root vg; vgchange -an vg",
    "md": "udevadm settle; mdadm --create /dev/md0 --run --homehost=any --name=root "
          "--metadata=1.0 -l 1 -n 2 --assume-clean /dev/sda /dev/sdb; "
          "mdadm --stop /dev/md0",
}

OPTIONS = {
    "plain": "",
    "luks": "--key-file={key}",
    "lvm": "--volume=vg/root",
    "md": "--disk={folder}/1 --volume=/dev/md/root",
}

# For guestfish: how to get to the file system.
OPEN = {
    "plain": "run : mount /dev/sda /",
    "luks": "run : luks-open /dev/sda opened : mount /dev/mapper/opened /",
    "lvm": "run : mount /dev/vg/root /",
    "md": "run : mount /dev/md127 /",
}


def guest(script, disks):
    """Run a script in the virtual machine, as root, with these disks."""
    if needs.guestfish_tcg():
        raise Skip(needs.guestfish_tcg())
    drives = "".join(f"add-drive {disk} format:raw\n" for disk in disks)
    sh('printf %s "$1" | LIBGUESTFS_BACKEND=direct '
       'LIBGUESTFS_BACKEND_SETTINGS=force_tcg guestfish',
       f'{drives}run\ndebug sh "set -e; PATH=/usr/sbin:/usr/bin:/sbin:/bin; '
       f'{script}; sync"\n')


def check_data(kind, disk):
    """Where the data of the volume begin."""
    with open(disk, "rb") as f:
        head = f.read(MIB)
    if kind == "md":
        return 0
    if head[512:520] != b"LABELONE":
        raise RuntimeError("no physical volume was made")
    # The list of data areas follows the header: offset and size of the first.
    return struct.unpack_from("<Q", head, 512 + 32 + 40)[0]


def make_volume(kind, image, new):
    """A directory with the disks of a volume that holds an image."""
    os.mkdir(new)
    if kind == "plain":
        sh('cp --sparse=always "$1" "$2/0"', image, new)
    elif kind == "luks":
        # qemu-img measures its key derivation, and fails if the clock of its
        # processor time did not tick meanwhile.
        sh('printf secret >"$2.key"; for attempt in $(seq 20); do '
           'qemu-img convert -f raw -O luks '
           '--object "secret,id=s,file=$2.key" -o key-secret=s,iter-time=10 '
           '"$1" "$2/0" && exec rm "$2.key"; done; exit 1', image, new)
    else:
        disks = [f"{new}/{i}" for i in range(2 if kind == "md" else 1)]
        for disk in disks:
            sh('truncate -s "$2" "$1"', disk, os.path.getsize(image) + ROOM)
        guest(IN_GUEST[kind], disks)
        for disk in disks:
            sh('dd if="$1" of="$2" bs=1M oflag=seek_bytes seek="$3" '
               'conv=notrunc,sparse status=none', image, disk,
               check_data(kind, disk))


def volume(case, kind, image):
    if kind == "luks" and needs.program("qemu-img")():
        raise Skip(needs.program("qemu-img")())
    return case.data.made(
        f"{kind}-{os.path.basename(image)}",
        lambda new: make_volume(kind, image, new))


def write_key(case):
    case.env["key"] = case.data.made("storage-key", lambda new: sh(
        'printf secret >"$1"', new))


def prepare(case, image):
    write_key(case)
    kind = case["volume"]
    folder = volume(case, kind, image)
    case.env["folder"] = folder
    # A job that writes has a copy of the folder.
    for name, place in ("options", folder), ("new_options", "new"):
        case.env[name] = OPTIONS[kind].format(folder=place,
                                              key=case.env["key"])
    case.env["disks"] = " ".join(
        f"--format=raw -a {folder}/{name}" for name in sorted(os.listdir(folder)))
    case.env["new_disks"] = case.env["disks"].replace(folder, "new")
    case.env["open"] = OPEN[kind]
    case.env["open_ro"] = OPEN[kind].replace("mount", "mount-ro").replace(
        "luks-open", "luks-open-ro")


def prepare_tar(case):
    case.env["tree"] = case.data.tree(case.settings.files)
    prepare(case, case.data.image("ext4", case.env["tree"]))


def prepare_large(case):
    case.env["tree"] = case.data.large(case.settings.large)
    prepare(case, case.data.image("ext4", case.env["tree"]))


def prepare_copy(case):
    case.env["tree"] = case.data.tree(case.settings.files)
    prepare(case, case.data.image(
        "ext4", size=max(1 << 30, case.settings.files * 20000 * 2)))


def prepare_look(case):
    """qcow2, in it LUKS, in that LVM, and ext4 at the end."""
    write_key(case)
    plain = case.data.image("ext4", case.data.tree(1000))
    lvm = volume(case, "lvm", plain)
    luks = case.data.made("look-luks", lambda new: make_volume(
        "luks", lvm + "/0", new))
    case.env["image"] = case.data.made("look.qcow2", lambda new: sh(
        'qemu-img convert -f raw -O qcow2 "$1/0" "$2"', luks, new))
    tree = case.data.tree(1000)
    case.env["file"] = sh('cd "$1"; find . -type f -printf "%P\\n" | sort | '
                          'sed -n 1p', tree).strip()
    case.env["original"] = os.path.join(tree, case.env["file"])


GUEST = ("export LIBGUESTFS_BACKEND=direct "
         "LIBGUESTFS_BACKEND_SETTINGS=force_tcg; ")


def guestfish(disks, opened, then):
    """Not --ro: on top of a volume of LUKS, QEMU would ask for a key."""
    return (f'{GUEST} echo secret | eval "guestfish --rw --keys-from-stdin '
            f'{disks} {opened} : {then}"')


CASES = [{"volume": kind, "cache": "warm"}
         for kind in ("plain", "luks", "lvm", "md")]

COPY = 'rm -rf new; cp -r --sparse=always "$folder" new; sync -f new'

# The reader is ours; root/volumes-guestfish has others.
LOOK_AT_COPY = 'fs2tar $new_options new/0 - | "$verify" archive "$tree"'
LOOK_AT_FILE = 'cmp looked "$original"; rm looked'

TO_TAR = [
    to_archive("fs2tar", 'fs2tar $options "$folder/0" - | cat >/dev/null',
               ours=True, needs=[needs.tool("fs2tar")]),
    to_archive("guestfish without KVM",
               guestfish("$disks", "$open_ro", "tar-out / -")
               + " | cat >/dev/null",
               runs=1, needs=[needs.guestfish_tcg]),
]

JOBS = [
    Job("storage-tar", "Volume to tar, many small files", TO_TAR, CASES,
        prepare_tar, cache_of="folder"),
    Job("storage-tar-large", "Volume to tar, one large file", TO_TAR, CASES,
        prepare_large, cache_of="folder"),
    Job("storage-copy", "A tree into an empty volume", [
        Variant("cptofs", 'cptofs $new_options -i new/0 "$tree"/* /',
                ours=True, before=COPY, verify=LOOK_AT_COPY,
                after="rm -rf new", needs=[needs.tool("cptofs")]),
        Variant("guestfish without KVM",
                'tar -C "$tree" -cf all.tar .; '
                + guestfish("$new_disks", "$open", "tar-in all.tar /")
                + '; sync new/*', before=COPY, verify=LOOK_AT_COPY,
                after="rm -rf new all.tar", runs=1,
                needs=[needs.guestfish_tcg]),
    ], CASES, prepare_copy, cache_of="folder"),
    Job("storage-look",
        "qcow2, LUKS, LVM, ext4: list the volumes and read one file",
        prepare=prepare_look, runs=11, variants=[
            Variant("lklfs list, lklfs cat",
                    'lklfs list --key-file="$key" "$image" >/dev/null; '
                    'lklfs cat --key-file="$key" --volume=vg/root "$image" '
                    '"$file" >looked', ours=True, verify=LOOK_AT_FILE,
                    needs=[needs.tool("lklfs")]),
            Variant("lklfs cat",
                    'lklfs cat --key-file="$key" "$image" "$file" >looked',
                    ours=True, verify=LOOK_AT_FILE,
                    needs=[needs.tool("lklfs")]),
            Variant("guestfish without KVM", GUEST
                    + 'echo secret | guestfish --rw --keys-from-stdin '
                    '--format=qcow2 -a "$image" '
                    'run : luks-open-ro /dev/sda opened : '
                    'vgscan : vg-activate-all true : lvs : '
                    'mount-ro /dev/vg/root / : download "/$file" looked '
                    '>/dev/null',
                    verify=LOOK_AT_FILE, runs=1,
                    needs=[needs.guestfish_tcg]),
        ]),
]
