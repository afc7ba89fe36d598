// SHA-256 (FIPS 180-4), and the hash buckets that splits are made of.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "arrow_view.h"

namespace gristmill {

using Digest = std::array<uint32_t, 8>;  // the 256-bit number, its most significant word first

// Uses the SHA extensions where the processor has them.
Digest sha256(const uint8_t* data, size_t size);
Digest sha256_portable(const uint8_t* data, size_t size);

// For each record the digest, as a 256-bit big-endian number, modulo `total` (> 0).
void hash_buckets(const BinaryView& records, uint32_t total, uint32_t* buckets);

}  // namespace gristmill
