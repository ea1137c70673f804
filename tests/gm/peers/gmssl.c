// Answers questions about SM2 with GmSSL's C library, and measures it in CPU time of its one thread; src/peers/pipe.rs says
// what the lines are. Built by `fetch` when GMSSL_DIR names a GmSSL source tree with its library built in build/bin.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <gmssl/sm2.h>
#include <gmssl/sm3.h>
#include <gmssl/sm4.h>
#include <gmssl/version.h>

#define LINE_MAX_BYTES (1 << 20)
#define WORDS 8
#define KEYS 32
#define MESSAGE 128
#define BUFFER 16384

static uint8_t *unhex(const char *text, size_t *length) {
	*length = strcmp(text, "-") == 0 ? 0 : strlen(text) / 2;
	uint8_t *bytes = malloc(*length + 1);
	for (size_t i = 0; i < *length; i++) {
		unsigned value = 0;
		sscanf(text + 2 * i, "%2x", &value);
		bytes[i] = (uint8_t)value;
	}
	return bytes;
}

static int message_digest(const SM2_KEY *key, const uint8_t *id, size_t id_length, const uint8_t *message,
	size_t length, uint8_t digest[32]) {
	uint8_t z[32];
	SM3_CTX hash;
	if (sm2_compute_z(z, &key->public_key, (const char *)id, id_length) != 1) return 0;
	sm3_init(&hash);
	sm3_update(&hash, z, 32);
	sm3_update(&hash, message, length);
	sm3_finish(&hash, digest);
	return 1;
}

static const char *verify(char **word) {
	size_t key_length, id_length, length, signature_length;
	uint8_t *key_bytes = unhex(word[1], &key_length), *id = unhex(word[2], &id_length);
	uint8_t *input = unhex(word[4], &length), *signature = unhex(word[6], &signature_length);
	int raw = strcmp(word[5], "raw") == 0, valid = 0;
	const char *answer = "cannot";
	SM2_Z256_POINT point;
	SM2_KEY key;
	uint8_t digest[32];
	if (raw && signature_length != 64) goto end;
	answer = "invalid";
	memset(&key, 0, sizeof key);
	if (sm2_z256_point_from_octets(&point, key_bytes, key_length) != 1) goto end;
	if (sm2_key_set_public_key(&key, &point) != 1) goto end;
	if (word[3][0] == 'd') {
		memcpy(digest, input, 32);
	} else if (!message_digest(&key, id, id_length, input, length, digest)) {
		// Its ZA wants an identity of 1 to 8191 bytes.
		answer = id_length == 0 ? "cannot" : "invalid";
		goto end;
	}
	if (raw) {
		SM2_SIGNATURE parsed;
		memcpy(parsed.r, signature, 32);
		memcpy(parsed.s, signature + 32, 32);
		valid = sm2_do_verify(&key, digest, &parsed) == 1;
	} else {
		valid = sm2_verify(&key, digest, signature, signature_length) == 1;
	}
	answer = valid ? "valid" : "invalid";
end:
	free(key_bytes); free(id); free(input); free(signature);
	return answer;
}

static void sign(char **word, char out[129]) {
	size_t secret_length, id_length, length;
	uint8_t *secret = unhex(word[1], &secret_length), *id = unhex(word[3], &id_length), *message = unhex(word[4], &length);
	SM2_KEY key;
	SM2_SIGNATURE signature;
	uint8_t digest[32];
	sm2_z256_t number;
	strcpy(out, "cannot");
	sm2_z256_from_bytes(number, secret);
	if (sm2_key_set_private_key(&key, number) == 1 && message_digest(&key, id, id_length, message, length, digest)
		&& sm2_do_sign(&key, digest, &signature) == 1) {
		// In order: each sprintf ends what it writes with a zero byte.
		for (int i = 0; i < 32; i++) sprintf(out + 2 * i, "%02x", signature.r[i]);
		for (int i = 0; i < 32; i++) sprintf(out + 64 + 2 * i, "%02x", signature.s[i]);
	}
	free(secret); free(id); free(message);
}

// What is measured: keys, a message and a signature by each, and their tables of 16 points.
static struct {
	SM2_KEY key;
	uint8_t z[32];
	SM2_VERIFY_CTX context;
	uint8_t message[MESSAGE];
	SM2_SIGNATURE signature;
} signer[KEYS];
static uint8_t buffer[1 << 20], sealed[1 << 20];
static volatile int wrong;

static void prepare(void) {
	static int done;
	if (done) return;
	done = 1;
	for (int i = 0; i < KEYS; i++) {
		uint8_t digest[32];
		sm2_key_generate(&signer[i].key);
		memset(signer[i].message, i, MESSAGE);
		sm2_compute_z(signer[i].z, &signer[i].key.public_key, SM2_DEFAULT_ID, SM2_DEFAULT_ID_LENGTH);
		sm2_verify_init(&signer[i].context, &signer[i].key, SM2_DEFAULT_ID, SM2_DEFAULT_ID_LENGTH);
		message_digest(&signer[i].key, (const uint8_t *)SM2_DEFAULT_ID, SM2_DEFAULT_ID_LENGTH, signer[i].message, MESSAGE, digest);
		sm2_do_sign(&signer[i].key, digest, &signer[i].signature);
	}
}

static void digest_of(int i, uint8_t digest[32]) {
	SM3_CTX hash;
	sm3_init(&hash);
	sm3_update(&hash, signer[i].z, 32);
	sm3_update(&hash, signer[i].message, MESSAGE);
	sm3_finish(&hash, digest);
}

static int one(const char *what, int i, const SM4_KEY *cipher) {
	uint8_t digest[32], tag[16], counter[16] = {0};
	SM2_SIGNATURE signature;
	if (strcmp(what, "verify") == 0) {
		digest_of(i, digest);
		return sm2_do_verify(&signer[i].key, digest, &signer[i].signature) == 1;
	}
	if (strcmp(what, "verify-table") == 0) {
		digest_of(i, digest);
		return sm2_fast_verify(signer[i].context.public_point_table, digest, &signer[i].signature) == 1;
	}
	if (strcmp(what, "sign") == 0) {
		digest_of(i, digest);
		return sm2_do_sign(&signer[i].key, digest, &signature) == 1;
	}
	if (strcmp(what, "sm3-node") == 0) {
		SM3_CTX hash;
		sm3_init(&hash);
		sm3_update(&hash, signer[i].message, 64);
		sm3_finish(&hash, digest);
		return 1;
	}
	if (strcmp(what, "sm3-stream") == 0) {
		SM3_CTX hash;
		sm3_init(&hash);
		sm3_update(&hash, buffer, sizeof buffer);
		sm3_finish(&hash, digest);
		return 1;
	}
	if (strcmp(what, "sm4-gcm") == 0)
		return sm4_gcm_encrypt(cipher, counter, 12, NULL, 0, buffer, BUFFER, sealed, 16, tag) == 1;
	if (strcmp(what, "sm4-ctr") == 0) {
		sm4_ctr_encrypt(cipher, counter, buffer, BUFFER, sealed);
		return 1;
	}
	return -1;
}

static uint64_t now(void) {
	struct timespec time;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void bench(char **word) {
	SM4_KEY cipher;
	prepare();
	sm4_set_encrypt_key(&cipher, signer[0].message);
	if (one(word[1], 0, &cipher) < 0) {
		puts("cannot");
		return;
	}
	long count = atol(word[2]);
	uint64_t begun = now();
	for (long i = 0; i < count; i++) wrong |= one(word[1], (int)(i % KEYS), &cipher) != 1;
	uint64_t taken = now() - begun;
	if (wrong) puts("fault a good signature was refused");
	else printf("%llu\n", (unsigned long long)taken);
}

int main(void) {
	static char line[LINE_MAX_BYTES];
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts(gmssl_version_str());
	while (fgets(line, sizeof line, stdin)) {
		char *word[WORDS] = {0}, out[129];
		int count = 0;
		for (char *at = strtok(line, " \n"); at && count < WORDS; at = strtok(NULL, " \n")) word[count++] = at;
		if (count == 7 && strcmp(word[0], "verify") == 0) puts(verify(word));
		else if (count == 5 && strcmp(word[0], "sign") == 0) { sign(word, out); puts(out); }
		else if (count == 3 && strcmp(word[0], "bench") == 0) bench(word);
		else puts("cannot");
	}
	return 0;
}
