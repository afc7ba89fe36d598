// CRC-32C (Castagnoli), as TFRecord files carry it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gristmill {

// The checksum of what `crc` covers (0 for nothing) followed by `data`. Uses SSE4.2 where the processor has it.
uint32_t crc32c_extend(uint32_t crc, const uint8_t* data, size_t size);
uint32_t crc32c_extend_portable(uint32_t crc, const uint8_t* data, size_t size);

// TFRecord rotates and shifts its checksums, so that a checksum of data that holds checksums stays useful.
inline uint32_t crc32c_mask(uint32_t crc) { return (crc >> 15 | crc << 17) + 0xa282ead8U; }

}  // namespace gristmill
