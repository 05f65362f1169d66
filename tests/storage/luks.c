// SPDX-License-Identifier: GPL-2.0-only
/*
 * luks.c - volumes that cryptsetup has made are unlocked: other programs read
 * what was written through the mapping, and the right key is found for each.
 */
#include <lkl/linux/fs.h>

#include "boot/boot.h"
#include "common/storage/luks.h"
#include "common/storage/node.h"

#define SIZE	(64 * KIB)

/* Few rounds: the tests are about the key, not about the time that it takes. */
#define FORMAT "cryptsetup luksFormat -q --pbkdf-force-iterations "

struct volume {
	const char *image;
	const char *format;		/* options of cryptsetup */
	const char *passphrase;
	/* Decrypts $IMAGE to the file "plain"; NULL: with_python. */
	const char *oracle;
};

#define WITH_QEMU \
	"cp $IMAGE copy && " \
	"qemu-img convert -O raw --object secret,id=s,file=$IMAGE.key " \
	"--image-opts driver=luks,file.filename=copy,key-secret=s plain"

/* AES-XTS of another library, with the key that cryptsetup finds. */
static const char with_python[] =
	"cryptsetup luksDump --dump-json-metadata $IMAGE >json && "
	"rm -f vk && cryptsetup luksDump -q --dump-volume-key "
	"--volume-key-file vk --key-file $IMAGE.key $IMAGE >dump && "
	"python3 - $IMAGE <<'EOF'\n"
	"import json, sys\n"
	"from cryptography.hazmat.primitives.ciphers import Cipher, modes\n"
	"from cryptography.hazmat.primitives.ciphers.algorithms import AES\n"
	"segment = json.load(open('json'))['segments']['0']\n"
	"start, unit = int(segment['offset']), segment['sector_size']\n"
	"key = open('vk', 'rb').read()\n"
	"image = open(sys.argv[1], 'rb')\n"
	"image.seek(start)\n"
	"out = open('plain', 'wb')\n"
	"for n in range(65536 // unit):\n"
	"    iv = (n * unit // 512).to_bytes(16, 'little')\n"
	"    d = Cipher(AES(key), modes.XTS(iv)).decryptor()\n"
	"    out.write(d.update(image.read(unit)))\n"
	"EOF\n";

static const struct volume volumes[] = {
	{ "xts1", FORMAT "1000 --type luks1 -s 512", "first", WITH_QEMU },
	{ "cbc1", FORMAT "1000 --type luks1 -c aes-cbc-essiv:sha256 -s 256",
	  "second\nline", WITH_QEMU },
	{ "xts2", FORMAT "1000 --type luks2 --pbkdf pbkdf2", "third", NULL },
	{ "big2", FORMAT "4 --type luks2 --pbkdf argon2id --pbkdf-memory 64 "
	  "--pbkdf-parallel 2 --sector-size 4096", "fourth", NULL },
	{ "argon2i", FORMAT "4 --type luks2 --pbkdf argon2i --pbkdf-memory 64 "
	  "-s 256", "fifth", NULL },
};

#define N_VOLUMES (sizeof(volumes) / sizeof(*volumes))

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	REQUIRE(file);
	fputs(text, file);
	REQUIRE(!fclose(file));
}

static void make_volume(const struct volume *volume)
{
	char name[32], command[512];

	snprintf(name, sizeof(name), "%s.key", volume->image);
	write_file(name, volume->passphrase);
	snprintf(command, sizeof(command), "%s $IMAGE $IMAGE.key",
		 volume->format);
	make_image(volume->image, 32 * MIB, command);
}

static void add_disk(const char *image, char node[64])
{
	struct lkl_error err = { "" };
	struct lkl_disk *disk;

	MUST(lkl_disk_open(image, NULL, &disk, &err));
	MUST(lkl_disk_add(disk, &err));
	MUST(lkl_disk_node(disk, 0, node, 64, &err));
}

static void write_node(const char *node, const char *buf)
{
	struct lkl_error err = { "" };
	int fd = (int)MUST(node_open(node, LKL_O_RDWR, &err));

	IS(lkl_sys_pwrite64((unsigned int)fd, buf, SIZE, 0), SIZE);
	OK(lkl_sys_fsync((unsigned int)fd));
	OK(lkl_sys_close((unsigned int)fd));
}

/* Discards tell which sectors are in use, so the user has to allow them. */
static void check_discard(const char *node, bool allowed)
{
	uint64_t range[2] = { MIB, MIB };
	struct lkl_error err = { "" };
	int fd = (int)MUST(node_open(node, LKL_O_RDWR, &err));

	IS(lkl_sys_ioctl((unsigned int)fd, LKL_BLKDISCARD,
			 (unsigned long)range), allowed ? 0 : -LKL_EOPNOTSUPP);
	OK(lkl_sys_close((unsigned int)fd));
}

/* A mapping shows what was written; another program reads it, too. */
static void check_volume(const struct key_guardian *keys, unsigned int i)
{
	const struct volume *volume = &volumes[i];
	const char *const names[] = { "other", volume->image, NULL };
	const struct key_request request = {
		.description = volume->image, .names = names,
	};
	const struct luks_options options = {
		.header = -1, .allow_discards = i & 1,
	};
	static char wrote[SIZE], got[SIZE];
	char node[64], mapped[MAPPER_NODE_MAX];
	struct lkl_error err = { "" };
	int fd;

	add_disk(volume->image, node);
	if (luks_unlock(keys, node, &request, &options, mapped, &err) < 0) {
		check_fail(__FILE__, __LINE__, "%s: %s", volume->image,
			   err.text);
		return;
	}
	check_discard(mapped, i & 1);
	pattern_fill(wrote, SIZE, i, 0);
	write_node(mapped, wrote);
	REQUIRE(run_on(volume->image, volume->oracle ? volume->oracle :
						       with_python) == 0);
	fd = open("plain", O_RDONLY | O_CLOEXEC);
	IS(pread(fd, got, SIZE, 0), SIZE);
	CHECK_THAT(!memcmp(wrote, got, SIZE), "%s: other bytes",
		   volume->image);
	close(fd);
}

static void check_refused(const struct key_guardian *keys, const char *image,
			  const char *const *names, int code, const char *text)
{
	const struct key_request request = {
		.description = image, .names = names,
	};
	const struct luks_options options = { .header = -1 };
	char node[64], mapped[MAPPER_NODE_MAX];
	struct lkl_error err = { "" };

	add_disk(image, node);
	IS(luks_unlock(keys, node, &request, &options, mapped, &err), code);
	CHECK_THAT(strstr(err.text, text), "%s", err.text);
}

/* The header is in a file of its own, and nothing of it on the volume. */
static void check_detached(const struct key_guardian *keys)
{
	const char *const names[] = { "xts1", NULL };
	const struct key_request request = {
		.description = "detached", .names = names,
	};
	struct luks_options options = { .header = -1 };
	char node[64], mapped[MAPPER_NODE_MAX];
	struct lkl_error err = { "" };
	uint64_t size = 0;

	options.header = open("header", O_RDONLY | O_CLOEXEC);
	add_disk("data", node);
	MUST(luks_unlock(keys, node, &request, &options, mapped, &err));
	OK(node_size(mapped, &size, &err));
	IS(size, 4 * MIB);
	close(options.header);
}

int main(void)
{
	struct key_options options = { 0 };
	struct key_guardian *keys;
	static char arguments[N_VOLUMES][64];
	static const char *const unknown[] = { "unknown", NULL };
	static const char *const first[] = { "xts1", NULL };
	struct lkl_error err = { "" };
	unsigned int i;
	int pipe_fds[2];
	char fd_option[32];

	need_program("cryptsetup");
	need_program("qemu-img");
	for (i = 0; i < N_VOLUMES; i++)
		make_volume(&volumes[i]);
	REQUIRE(run_on("data", "truncate -s 4M data && truncate -s 2M header && "
		       FORMAT "1000 --type luks1 --header header data xts1.key")
		== 0);
	REQUIRE(run_on("odd", "cp xts1 odd && cp xts1 keyless && "
		       "cp big2 other && cp cbc1 closed && cp cbc1 locked && "
		       "printf '\\x11' | dd of=odd bs=1 seek=110 conv=notrunc "
		       "2>/dev/null && cryptsetup -q luksErase keyless") == 0);
	/* The first key of the list is of another volume: it is not tried. */
	for (i = 0; i < N_VOLUMES; i++) {
		snprintf(arguments[i], sizeof(arguments[i]), "%s:file:%s.key",
			 volumes[i].image, volumes[i].image);
		if (strcmp(volumes[i].image, "xts2"))
			OK(key_options_add(&options, arguments[i], &err));
	}
	/* From a pipe, with an end of line that does not belong to it. */
	REQUIRE(!pipe(pipe_fds));
	IS(write(pipe_fds[1], "third\n", 6), 6);
	close(pipe_fds[1]);
	snprintf(fd_option, sizeof(fd_option), "xts2:fd:%d", pipe_fds[0]);
	OK(key_options_add(&options, fd_option, &err));
	MUST(key_guardian_start(&options, "strict", &keys, &err));
	REQUIRE(keys);
	/* Only the guardian has the descriptor now. */
	IS(fcntl(pipe_fds[0], F_GETFD), -1);

	boot(64 * MIB);
	for (i = 0; i < N_VOLUMES; i++)
		check_volume(keys, i);
	check_refused(keys, "other", first, -EPERM, "no key slot");
	check_refused(keys, "closed", unknown, -ENOKEY, "no key was given");
	check_refused(NULL, "locked", unknown, -ENOKEY, "--key-file");
	check_refused(keys, "odd", first, -EINVAL,
		      "cannot read its LUKS header: ");
	check_refused(keys, "keyless", first, -ENOENT, "no key slot in use");
	check_refused(keys, "big2.key", first, -EINVAL, "too small");
	check_refused(keys, "plain", first, -EINVAL, "header");
	check_detached(keys);
	key_guardian_end(keys);
	IS(lkl_halt(), 0);
	return check_exit();
}
