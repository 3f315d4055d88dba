/* MD5 of several messages at once (RFC 1321).

   One MD5 is a chain of additions, each waiting for the one before; a processor has room for many such chains beside
   each other. Two run side by side in ordinary registers, 8 in those of AVX2, 16 in those of AVX-512. Which of these
   a processor has is asked when the library is loaded.

   It knows nothing of Python: `native.py` calls it without the GIL, and keeps what is less than a block. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the words of a message are read as they lie"
#endif

enum { BLOCK = 64, FEW = 4 /* are digested sooner in pairs than in a vector */ };

/* A digest, and the blocks that it is to take in. */
typedef struct {
    uint32_t state[4];
    const uint8_t *at;
    size_t blocks;
} Lane;

/* --- the function of RFC 1321, section 3.4, on words or on vectors of words --- */

static const uint32_t T[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

static const int SHIFT[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

/* `x` is the newest word: in G, what need not wait for it stands apart. */
#define F(x, y, z) (z ^ (x & (y ^ z)))
#define G(x, y, z) ((y & ~z) + (x & z))
#define H(x, y, z) (x ^ y ^ z)
#define I(x, y, z) (y ^ (x | ~z))

/* Sixteen steps on each of the first `n` of `s`; step i takes word k of its block. */
#define ROUND(V, n, r, f, k) \
    _Pragma("GCC unroll 16") for (int i = 0; i < 16; i++) \
        _Pragma("GCC unroll 2") for (int j = 0; j < n; j++) { \
            V sum = s[j][0] + WORD(j, (k) & 15) + T[16 * r + i] + f(s[j][1], s[j][2], s[j][3]); \
            V turned = (sum << SHIFT[r][i & 3]) | (sum >> (32 - SHIFT[r][i & 3])); \
            s[j][0] = s[j][3], s[j][3] = s[j][2], s[j][2] = s[j][1], s[j][1] += turned; \
        }

#define ROUNDS(V, n, f, g, h, i_) \
    ROUND(V, n, 0, f, i) ROUND(V, n, 1, g, 5 * i + 1) ROUND(V, n, 2, h, 3 * i + 5) ROUND(V, n, 3, i_, 7 * i)

static inline uint32_t word(const uint8_t *at)
{
    uint32_t found;
    memcpy(&found, at, sizeof found);
    return found;
}

/* Digest so many blocks of each of `count` lanes. */
typedef void Kernel(Lane **lanes, size_t count, size_t blocks);

#define WORD(j, k) word(at[j] + 4 * (k))
#define SCALAR(name, n) \
    static void name(Lane **lanes, size_t count, size_t blocks) \
    { \
        const uint8_t *at[n]; \
        uint32_t s[n][4], before[n][4]; \
        (void)count; \
        for (int j = 0; j < n; j++) \
            at[j] = lanes[j]->at, memcpy(s[j], lanes[j]->state, sizeof s[j]); \
        while (blocks--) { \
            memcpy(before, s, sizeof s); \
            ROUNDS(uint32_t, n, F, G, H, I) \
            for (int j = 0; j < n; j++) { \
                at[j] += BLOCK; \
                for (int w = 0; w < 4; w++) \
                    s[j][w] += before[j][w]; \
            } \
        } \
        for (int j = 0; j < n; j++) \
            memcpy(lanes[j]->state, s[j], sizeof s[j]); \
    }
SCALAR(one, 1)
SCALAR(two, 2)
#undef WORD

#ifdef __x86_64__
/* `n` lanes in the elements of vectors. Four words of each message are loaded at a time, as 16-byte rows, into vectors
   of every fourth lane's row (`ROW`), and transposed there: `LO` and `HI` interleave words, `LO2` and `HI2` pairs. */
#define VECTOR(name, features, V, M, n, ROW, LO, HI, LO2, HI2, f, g, h, i_) \
    typedef uint32_t V __attribute__((vector_size(4 * n))); \
    __attribute__((target(features))) static void name(Lane **lanes, size_t count, size_t blocks) \
    { \
        const uint8_t *at[n]; \
        uint32_t turned[4][n]; \
        V s[1][4], before[4], words[16]; \
        for (size_t j = 0; j < n; j++) { \
            const Lane *lane = lanes[j < count ? j : 0]; /* idle elements repeat the first */ \
            at[j] = lane->at; \
            for (int w = 0; w < 4; w++) \
                turned[w][j] = lane->state[w]; \
        } \
        memcpy(s, turned, sizeof turned); \
        for (size_t here = 0; here < blocks * BLOCK; here += BLOCK) { \
            memcpy(before, s, sizeof before); \
            _Pragma("GCC unroll 4") for (int q = 0; q < 4; q++) { \
                M r[4]; \
                _Pragma("GCC unroll 4") for (int k = 0; k < 4; k++) r[k] = ROW(at + k, here + 16 * q); \
                M a = LO(r[0], r[1]), b = HI(r[0], r[1]), c = LO(r[2], r[3]), d = HI(r[2], r[3]); \
                words[4 * q] = (V)LO2(a, c), words[4 * q + 1] = (V)HI2(a, c); \
                words[4 * q + 2] = (V)LO2(b, d), words[4 * q + 3] = (V)HI2(b, d); \
            } \
            ROUNDS(V, 1, f, g, h, i_) \
            for (int w = 0; w < 4; w++) \
                s[0][w] += before[w]; \
        } \
        memcpy(turned, s, sizeof turned); \
        for (size_t j = 0; j < count; j++) \
            for (int w = 0; w < 4; w++) \
                lanes[j]->state[w] = turned[w][j]; \
    }
#define WORD(j, k) words[k]

#define LOAD(at) _mm_loadu_si128((const __m128i *)(at))
#define ROW8(at, here) _mm256_set_m128i(LOAD((at)[4] + (here)), LOAD((at)[0] + (here)))
VECTOR(eight, "avx2", V8, __m256i, 8, ROW8, _mm256_unpacklo_epi32, _mm256_unpackhi_epi32, _mm256_unpacklo_epi64,
       _mm256_unpackhi_epi64, F, G, H, I)

/* AVX-512 has every function of three bits in one instruction, named by its truth table. */
#define BITS(x, y, z, table) ((V16)_mm512_ternarylogic_epi32((__m512i)(x), (__m512i)(y), (__m512i)(z), table))
#define F16(x, y, z) BITS(x, y, z, 0xca)
#define G16(x, y, z) BITS(x, y, z, 0xe4)
#define H16(x, y, z) BITS(x, y, z, 0x96)
#define I16(x, y, z) BITS(x, y, z, 0x39)
#define PUT(row, at, here, k) _mm512_inserti32x4(row, LOAD((at)[4 * k] + (here)), k)
#define ROW16(at, here) PUT(PUT(PUT(_mm512_castsi128_si512(LOAD((at)[0] + (here))), at, here, 1), at, here, 2), at, here, 3)
VECTOR(sixteen, "avx512f", V16, __m512i, 16, ROW16, _mm512_unpacklo_epi32, _mm512_unpackhi_epi32,
       _mm512_unpacklo_epi64, _mm512_unpackhi_epi64, F16, G16, H16, I16)
#undef WORD
#endif

/* How many lanes the widest kernel that runs on this processor takes. */
size_t md5_widest(void)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f"))
        return 16;
    if (__builtin_cpu_supports("avx2"))
        return 8;
#endif
    return 2;
}

static Kernel *kernel_for(size_t count, size_t width)
{
#ifdef __x86_64__
    if (count > 2)
        return width == 16 ? sixteen : eight;
#endif
    return count == 1 ? one : two;
}

/* Take in all blocks of all lanes: as many lanes together as there is room for, as far as each of them reaches. `width`
   is 2, 8 or 16, and no more than the widest. The array is used up. */
void md5_advance(Lane **lanes, size_t count, size_t width)
{
    for (;;) {
        size_t left = 0;
        for (size_t j = 0; j < count; j++)
            if (lanes[j]->blocks)
                lanes[left++] = lanes[j];
        if (!(count = left))
            return;
        size_t most = count > FEW ? width : 2, together = count < most ? count : most, blocks = SIZE_MAX;
        for (size_t j = 0; j < together; j++)
            if (lanes[j]->blocks < blocks)
                blocks = lanes[j]->blocks;
        kernel_for(together, width)(lanes, together, blocks);
        for (size_t j = 0; j < together; j++)
            lanes[j]->at += blocks * BLOCK, lanes[j]->blocks -= blocks;
    }
}
