// SPDX-License-Identifier: GPL-2.0-only
/*
 * aes-x86-glue.c - gives the kernel's AES-NI and VAES functions to its crypto
 * API: xts(aes), cbc(aes) and the block cipher, which are what disks use.
 *
 * The functions are the kernel's own (arch/x86/crypto).  Its own glue for them
 * offers many more modes, and needs threads for callers that may not use
 * vector registers; here all may (asm/simd.h).
 *
 * dm-crypt with them reads more than ten times as fast as with the C code, in
 * which a disk of 256-bit AES-XTS gets 0.18 GB/s.
 */
#include <linux/init.h>
#include <linux/linkage.h>
#include <linux/module.h>
#include <asm/cpufeatures.h>
#include <crypto/aes.h>
#include <crypto/algapi.h>
#include <crypto/internal/skcipher.h>
#include <crypto/scatterwalk.h>
#include <crypto/xts.h>

/* The assembly loads round keys with aligned instructions. */
#define KEY_ALIGN	16
#define ALIGN_EXTRA	(KEY_ALIGN - 1)

struct xts_keys {
	struct crypto_aes_ctx tweak __aligned(KEY_ALIGN);
	struct crypto_aes_ctx data __aligned(KEY_ALIGN);
};

typedef void xts_fn(const struct crypto_aes_ctx *key, const u8 *src, u8 *dst,
		    unsigned int len, u8 tweak[AES_BLOCK_SIZE]);

asmlinkage void aesni_set_key(struct crypto_aes_ctx *ctx, const u8 *key,
			      unsigned int len);
asmlinkage void aesni_enc(const void *ctx, u8 *dst, const u8 *src);
asmlinkage void aesni_dec(const void *ctx, u8 *dst, const u8 *src);
asmlinkage void aesni_cbc_enc(struct crypto_aes_ctx *ctx, u8 *dst,
			      const u8 *src, unsigned int len, u8 *iv);
asmlinkage void aesni_cbc_dec(struct crypto_aes_ctx *ctx, u8 *dst,
			      const u8 *src, unsigned int len, u8 *iv);
asmlinkage xts_fn aes_xts_encrypt_aesni_avx, aes_xts_decrypt_aesni_avx;
asmlinkage xts_fn aes_xts_encrypt_vaes_avx2, aes_xts_decrypt_vaes_avx2;

static xts_fn *xts_encrypt_bytes __ro_after_init = aes_xts_encrypt_aesni_avx;
static xts_fn *xts_decrypt_bytes __ro_after_init = aes_xts_decrypt_aesni_avx;

static int aes_expand_key(struct crypto_aes_ctx *ctx, const u8 *key,
			  unsigned int len)
{
	int err = aes_check_keylen(len);

	if (!err)
		aesni_set_key(ctx, key, len);
	return err;
}

/* ---- The block cipher, for essiv ---- */

static struct crypto_aes_ctx *aes_block_ctx(struct crypto_tfm *tfm)
{
	return PTR_ALIGN(crypto_tfm_ctx(tfm), KEY_ALIGN);
}

static int aes_block_set_key(struct crypto_tfm *tfm, const u8 *key,
			     unsigned int len)
{
	return aes_expand_key(aes_block_ctx(tfm), key, len);
}

static void aes_block_encrypt(struct crypto_tfm *tfm, u8 *dst, const u8 *src)
{
	aesni_enc(aes_block_ctx(tfm), dst, src);
}

static void aes_block_decrypt(struct crypto_tfm *tfm, u8 *dst, const u8 *src)
{
	aesni_dec(aes_block_ctx(tfm), dst, src);
}

/* ---- cbc(aes) ---- */

static int cbc_set_key(struct crypto_skcipher *tfm, const u8 *key,
		       unsigned int len)
{
	return aes_expand_key(PTR_ALIGN(crypto_skcipher_ctx(tfm), KEY_ALIGN),
			      key, len);
}

static __always_inline int
cbc_crypt(struct skcipher_request *req,
	  void (*crypt)(struct crypto_aes_ctx *ctx, u8 *dst, const u8 *src,
			unsigned int len, u8 *iv))
{
	struct crypto_aes_ctx *ctx =
		PTR_ALIGN(crypto_skcipher_ctx(crypto_skcipher_reqtfm(req)),
			  KEY_ALIGN);
	struct skcipher_walk walk;
	int err = skcipher_walk_virt(&walk, req, false);

	while (walk.nbytes) {
		crypt(ctx, walk.dst.virt.addr, walk.src.virt.addr,
		      round_down(walk.nbytes, AES_BLOCK_SIZE), walk.iv);
		err = skcipher_walk_done(&walk, walk.nbytes % AES_BLOCK_SIZE);
	}
	return err;
}

static int cbc_encrypt(struct skcipher_request *req)
{
	return cbc_crypt(req, aesni_cbc_enc);
}

static int cbc_decrypt(struct skcipher_request *req)
{
	return cbc_crypt(req, aesni_cbc_dec);
}

/* ---- xts(aes) ---- */

static struct xts_keys *xts_keys_of(struct crypto_skcipher *tfm)
{
	return PTR_ALIGN(crypto_skcipher_ctx(tfm), KEY_ALIGN);
}

static int xts_set_key(struct crypto_skcipher *tfm, const u8 *key,
		       unsigned int len)
{
	struct xts_keys *keys = xts_keys_of(tfm);
	int err = xts_verify_key(tfm, key, len);

	if (!err)
		err = aes_expand_key(&keys->data, key, len / 2);
	if (!err)
		err = aes_expand_key(&keys->tweak, key + len / 2, len / 2);
	return err;
}

/* Whole blocks, in as many pieces as there are pages. */
static int xts_walk(struct skcipher_request *req, const struct xts_keys *keys,
		    xts_fn *crypt)
{
	struct skcipher_walk walk;
	int err = skcipher_walk_virt(&walk, req, false);

	while (walk.nbytes) {
		crypt(&keys->data, walk.src.virt.addr, walk.dst.virt.addr,
		      round_down(walk.nbytes, AES_BLOCK_SIZE), req->iv);
		err = skcipher_walk_done(&walk, walk.nbytes % AES_BLOCK_SIZE);
	}
	return err;
}

/*
 * The last bytes are less than a block: ciphertext stealing wants them, and the
 * block before them, in one call.
 */
static int xts_with_tail(struct skcipher_request *req,
			 const struct xts_keys *keys, xts_fn *crypt)
{
	unsigned int last = AES_BLOCK_SIZE + req->cryptlen % AES_BLOCK_SIZE;
	unsigned int whole = req->cryptlen - last;
	struct skcipher_request subreq;
	u8 buf[2 * AES_BLOCK_SIZE];
	int err = 0;

	if (whole) {
		skcipher_request_set_tfm(&subreq, crypto_skcipher_reqtfm(req));
		skcipher_request_set_callback(&subreq,
					      skcipher_request_flags(req),
					      NULL, NULL);
		skcipher_request_set_crypt(&subreq, req->src, req->dst, whole,
					   req->iv);
		err = xts_walk(&subreq, keys, crypt);
	}
	if (err)
		return err;
	scatterwalk_map_and_copy(buf, req->src, whole, last, 0);
	crypt(&keys->data, buf, buf, last, req->iv);
	scatterwalk_map_and_copy(buf, req->dst, whole, last, 1);
	memzero_explicit(buf, sizeof(buf));
	return 0;
}

static int xts_crypt(struct skcipher_request *req, xts_fn *crypt)
{
	const struct xts_keys *keys = xts_keys_of(crypto_skcipher_reqtfm(req));
	const struct scatterlist *src = req->src, *dst = req->dst;
	unsigned int len = req->cryptlen;

	if (len < AES_BLOCK_SIZE)
		return -EINVAL;
	aesni_enc(&keys->tweak, req->iv, req->iv);
	/* All memory is mapped, so a sector of a disk is in one piece. */
	if (likely(src->length >= len && dst->length >= len &&
		   src->offset + len <= PAGE_SIZE &&
		   dst->offset + len <= PAGE_SIZE)) {
		crypt(&keys->data, sg_virt((struct scatterlist *)src),
		      sg_virt((struct scatterlist *)dst), len, req->iv);
		return 0;
	}
	if (len % AES_BLOCK_SIZE)
		return xts_with_tail(req, keys, crypt);
	return xts_walk(req, keys, crypt);
}

static int xts_encrypt(struct skcipher_request *req)
{
	return xts_crypt(req, xts_encrypt_bytes);
}

static int xts_decrypt(struct skcipher_request *req)
{
	return xts_crypt(req, xts_decrypt_bytes);
}

/* ---- Registration; above the priorities of the generic C code ---- */

static struct crypto_alg aes_block_alg = {
	.cra_name		= "aes",
	.cra_driver_name	= "aes-aesni",
	.cra_priority		= 300,
	.cra_flags		= CRYPTO_ALG_TYPE_CIPHER,
	.cra_blocksize		= AES_BLOCK_SIZE,
	.cra_ctxsize		= sizeof(struct crypto_aes_ctx) + ALIGN_EXTRA,
	.cra_module		= THIS_MODULE,
	.cra_u.cipher = {
		.cia_min_keysize	= AES_MIN_KEY_SIZE,
		.cia_max_keysize	= AES_MAX_KEY_SIZE,
		.cia_setkey		= aes_block_set_key,
		.cia_encrypt		= aes_block_encrypt,
		.cia_decrypt		= aes_block_decrypt,
	},
};

static struct skcipher_alg aes_modes[] = {
	{
		.base.cra_name		= "cbc(aes)",
		.base.cra_driver_name	= "cbc-aes-aesni",
		.base.cra_priority	= 400,
		.base.cra_blocksize	= AES_BLOCK_SIZE,
		.base.cra_ctxsize	= sizeof(struct crypto_aes_ctx) +
					  ALIGN_EXTRA,
		.base.cra_module	= THIS_MODULE,
		.min_keysize		= AES_MIN_KEY_SIZE,
		.max_keysize		= AES_MAX_KEY_SIZE,
		.ivsize			= AES_BLOCK_SIZE,
		.setkey			= cbc_set_key,
		.encrypt		= cbc_encrypt,
		.decrypt		= cbc_decrypt,
	}, {
		.base.cra_name		= "xts(aes)",
		.base.cra_driver_name	= "xts-aes-aesni",
		.base.cra_priority	= 401,
		.base.cra_blocksize	= AES_BLOCK_SIZE,
		.base.cra_ctxsize	= sizeof(struct xts_keys) + ALIGN_EXTRA,
		.base.cra_module	= THIS_MODULE,
		.min_keysize		= 2 * AES_MIN_KEY_SIZE,
		.max_keysize		= 2 * AES_MAX_KEY_SIZE,
		.ivsize			= AES_BLOCK_SIZE,
		.walksize		= 2 * AES_BLOCK_SIZE,
		.setkey			= xts_set_key,
		.encrypt		= xts_encrypt,
		.decrypt		= xts_decrypt,
	},
};

static int __init aes_x86_init(void)
{
	int err;

	/* Processors with AES but without AVX are from before 2011. */
	if (!boot_cpu_has(X86_FEATURE_AES) || !boot_cpu_has(X86_FEATURE_AVX) ||
	    !cpu_has_xfeatures(XFEATURE_MASK_YMM, NULL))
		return 0;
	if (boot_cpu_has(X86_FEATURE_VAES) &&
	    boot_cpu_has(X86_FEATURE_VPCLMULQDQ) &&
	    boot_cpu_has(X86_FEATURE_AVX2)) {
		xts_encrypt_bytes = aes_xts_encrypt_vaes_avx2;
		xts_decrypt_bytes = aes_xts_decrypt_vaes_avx2;
	}
	err = crypto_register_alg(&aes_block_alg);
	if (!err)
		err = crypto_register_skciphers(aes_modes,
						ARRAY_SIZE(aes_modes));
	return err;
}
module_init(aes_x86_init);
