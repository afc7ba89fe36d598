#include "sha256.h"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace gristmill {
namespace {

constexpr size_t kBlock = 64;

// Fractional parts of the square roots of the first 8 primes, and of the cube roots of the first 64.
constexpr Digest kInitial = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                             0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
alignas(16) constexpr uint32_t kRound[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

constexpr uint32_t rotate(uint32_t x, int n) { return x >> n | x << (32 - n); }

uint32_t big_endian(const uint8_t* at) {
  return uint32_t{at[0]} << 24 | uint32_t{at[1]} << 16 | uint32_t{at[2]} << 8 | uint32_t{at[3]};
}

void expand(const uint8_t* block, uint32_t (&w)[64]) {
  for (int i = 0; i < 16; ++i) w[i] = big_endian(block + 4 * i);
  for (int i = 16; i < 64; ++i) {
    const uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
    const uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
}

// A message on its way to a digest: its whole blocks where they lie, and behind them its tail, padded with one set bit,
// zeros, and the message's length in bits.
class Message {
 public:
  Message(const uint8_t* data, size_t size) : data_(data), whole_(size / kBlock) {
    const size_t left = size % kBlock;
    const size_t padded = left + 9 <= kBlock ? kBlock : 2 * kBlock;
    if (left != 0) std::memcpy(tail_, data + whole_ * kBlock, left);
    tail_[left] = 0x80;
    const uint64_t bits = uint64_t{size} * 8;
    for (size_t i = 0; i < 8; ++i) tail_[padded - 1 - i] = static_cast<uint8_t>(bits >> (8 * i));
    blocks_ = whole_ + padded / kBlock;
  }
  size_t blocks() const { return blocks_; }
  const uint8_t* block(size_t i) const { return i < whole_ ? data_ + i * kBlock : tail_ + (i - whole_) * kBlock; }

  Digest state = kInitial;  // of the blocks so far

 private:
  const uint8_t* data_;
  size_t whole_;
  size_t blocks_;
  uint8_t tail_[2 * kBlock] = {};
};

void compress_portable(Message& message) {
  for (size_t block = 0; block < message.blocks(); ++block) {
    uint32_t w[64];
    expand(message.block(block), w);
    auto [a, b, c, d, e, f, g, h] = message.state;
    for (int i = 0; i < 64; ++i) {
      const uint32_t s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + kRound[i] + w[i];
      const uint32_t s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    const Digest added = {a, b, c, d, e, f, g, h};
    for (size_t i = 0; i < 8; ++i) message.state[i] += added[i];
  }
}

#if defined(__x86_64__)
// The blocks `first` to `last` of each message, in step: each round waits for the one before, so that two messages take
// little longer than one. The instructions keep a state as the pairs (a, b, e, f) and (c, d, g, h), and do two rounds
// at a time.
template <size_t Lanes>
__attribute__((target("sha,sse4.1"))) void compress_in_step(Message* const (&messages)[Lanes], size_t first,
                                                            size_t last) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
  __m128i abef[Lanes], cdgh[Lanes];
  for (size_t lane = 0; lane < Lanes; ++lane) {
    const auto* words = reinterpret_cast<const __m128i*>(messages[lane]->state.data());
    const __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128(words), 0xb1);
    const __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128(words + 1), 0x1b);
    abef[lane] = _mm_alignr_epi8(badc, hgfe, 8);
    cdgh[lane] = _mm_blend_epi16(hgfe, badc, 0xf0);
  }
  for (size_t block = first; block < last; ++block) {
    __m128i abef_before[Lanes], cdgh_before[Lanes], w[Lanes][4];
    for (size_t lane = 0; lane < Lanes; ++lane) {
      abef_before[lane] = abef[lane];
      cdgh_before[lane] = cdgh[lane];
      const auto* words = reinterpret_cast<const __m128i*>(messages[lane]->block(block));
      for (int i = 0; i < 4; ++i) w[lane][i] = _mm_shuffle_epi8(_mm_loadu_si128(words + i), swap);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) {
      const __m128i constants = _mm_load_si128(reinterpret_cast<const __m128i*>(kRound) + i);
#pragma GCC unroll 2
      for (size_t lane = 0; lane < Lanes; ++lane) {
        __m128i* const v = w[lane];
        if (i >= 4) {
          const __m128i near = _mm_alignr_epi8(v[(i + 3) & 3], v[(i + 2) & 3], 4);
          const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(v[i & 3], v[(i + 1) & 3]), near);
          v[i & 3] = _mm_sha256msg2_epu32(sum, v[(i + 3) & 3]);
        }
        const __m128i keyed = _mm_add_epi32(v[i & 3], constants);
        cdgh[lane] = _mm_sha256rnds2_epu32(cdgh[lane], abef[lane], keyed);
        abef[lane] = _mm_sha256rnds2_epu32(abef[lane], cdgh[lane], _mm_shuffle_epi32(keyed, 0x0e));
      }
    }
    for (size_t lane = 0; lane < Lanes; ++lane) {
      abef[lane] = _mm_add_epi32(abef[lane], abef_before[lane]);
      cdgh[lane] = _mm_add_epi32(cdgh[lane], cdgh_before[lane]);
    }
  }
  for (size_t lane = 0; lane < Lanes; ++lane) {
    auto* words = reinterpret_cast<__m128i*>(messages[lane]->state.data());
    const __m128i feba = _mm_shuffle_epi32(abef[lane], 0x1b);
    const __m128i dchg = _mm_shuffle_epi32(cdgh[lane], 0xb1);
    _mm_storeu_si128(words, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128(words + 1, _mm_alignr_epi8(dchg, feba, 8));
  }
}

bool has_sha_extensions() {
  unsigned a, b, c, d;
  const bool listed = __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b >> 29 & 1) != 0;  // CPUID.7.0:EBX.SHA
  return listed && __builtin_cpu_supports("sse4.1");
}
#endif

void compress(Message& message) {
#if defined(__x86_64__)
  static const bool fast = has_sha_extensions();
  if (fast) return compress_in_step<1>({&message}, 0, message.blocks());
#endif
  compress_portable(message);
}

void compress(Message& one, Message& other) {
#if defined(__x86_64__)
  static const bool fast = has_sha_extensions();
  if (fast) {
    const size_t both = std::min(one.blocks(), other.blocks());
    compress_in_step<2>({&one, &other}, 0, both);
    compress_in_step<1>({&one}, both, one.blocks());
    compress_in_step<1>({&other}, both, other.blocks());
    return;
  }
#endif
  compress_portable(one);
  compress_portable(other);
}

// The digest, as a 256-bit number, modulo `total`: schoolbook division, one 32-bit digit at a time.
uint32_t remainder(const Digest& digest, uint32_t total) {
  uint64_t rest = 0;
  for (const uint32_t word : digest) rest = (rest << 32 | word) % total;
  return static_cast<uint32_t>(rest);
}

}  // namespace

Digest sha256(const uint8_t* data, size_t size) {
  Message message(data, size);
  compress(message);
  return message.state;
}

Digest sha256_portable(const uint8_t* data, size_t size) {
  Message message(data, size);
  compress_portable(message);
  return message.state;
}

void hash_buckets(const BinaryView& records, uint32_t total, uint32_t* buckets) {
  int64_t i = 0;
  for (; i + 1 < records.length(); i += 2) {
    Message one(records.begin(i), records.size(i));
    Message other(records.begin(i + 1), records.size(i + 1));
    compress(one, other);
    buckets[i] = remainder(one.state, total);
    buckets[i + 1] = remainder(other.state, total);
  }
  if (i < records.length()) buckets[i] = remainder(sha256(records.begin(i), records.size(i)), total);
}

}  // namespace gristmill
