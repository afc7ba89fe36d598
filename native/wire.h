// The protobuf wire format, read with every bound checked. https://protobuf.dev/programming-guides/encoding/
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "fault.h"

namespace gristmill::wire {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "floats and record headers are copied as they lie in memory");

enum Type : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kGroupStart = 3, kGroupEnd = 4, kFixed32 = 5 };

constexpr uint32_t tag(uint32_t field, Type type) { return field << 3 | type; }

// Varints of at most this many bytes, as protobuf's own parsers accept them.
constexpr int kLongestValue = 10;
constexpr int kLongestTag = 5;

// Groups in unknown fields nest at most so deep: protobuf's default recursion limit.
constexpr int kDeepestGroup = 100;

// A message, or what is left of it.
struct Span {
  const uint8_t* at;
  const uint8_t* end;
  bool empty() const { return at == end; }
  size_t size() const { return static_cast<size_t>(end - at); }
};

[[noreturn]] inline void malformed(const char* what) {
  throw Fault(std::string("A record must be a well-formed tf.Example; in this one ") + what);
}

[[noreturn]] inline void malformed_varint(bool at_end) {
  malformed(at_end ? "a number is cut off by the end of its message" : "a number is longer than its type allows");
}

inline uint64_t read_long_varint(Span& span, int longest) {
  uint64_t value = 0;
  for (int i = 0; i < longest; ++i) {
    if (span.empty()) malformed_varint(true);
    const uint8_t byte = *span.at++;
    value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) return value;
  }
  malformed_varint(false);
}

inline uint64_t read_varint(Span& span) {
  if (!span.empty() && *span.at < 0x80) return *span.at++;
  return read_long_varint(span, kLongestValue);
}

inline uint32_t read_tag(Span& span) {
  if (!span.empty() && *span.at < 0x80 && *span.at >= 0x08) return *span.at++;
  const uint64_t value = read_long_varint(span, kLongestTag);
  if (value > UINT32_MAX) malformed("a field number is too large");
  if (value >> 3 == 0) malformed("a field has number 0");
  return static_cast<uint32_t>(value);
}

inline Span read_bytes(Span& span) {
  const uint64_t size = !span.empty() && *span.at < 0x80 ? *span.at++ : read_long_varint(span, kLongestTag);
  if (size > span.size()) malformed("a length runs past the end of its message");
  const Span bytes{span.at, span.at + size};
  span.at += size;
  return bytes;
}

inline const uint8_t* read_fixed(Span& span, size_t size) {
  if (size > span.size()) malformed("a fixed-size number is cut off by the end of its message");
  const uint8_t* at = span.at;
  span.at += size;
  return at;
}

// Steps over the value of a field of which nothing is wanted.
inline void skip(Span& span, uint32_t tag, int depth = 0) {
  switch (tag & 7) {
    case kVarint: read_varint(span); return;
    case kFixed64: read_fixed(span, 8); return;
    case kBytes: read_bytes(span); return;
    case kFixed32: read_fixed(span, 4); return;
    case kGroupStart: break;
    case kGroupEnd: malformed("a group ends that did not start");
    default: malformed("a field has an unknown wire type");
  }
  if (depth >= kDeepestGroup) malformed("groups are nested too deep");
  for (;;) {
    if (span.empty()) malformed("a group does not end");
    const uint32_t inner = read_tag(span);
    if ((inner & 7) != kGroupEnd) {
      skip(span, inner, depth + 1);
      continue;
    }
    if (inner >> 3 != tag >> 3) malformed("a group ends that did not start");
    return;
  }
}

// Checks that the fields of a message can be told apart, without looking into them.
inline void require_fields(Span span) {
  while (!span.empty()) skip(span, read_tag(span));
}

inline int varint_size(uint64_t value) {
  const int bits = 63 - __builtin_clzll(value | 1);
  return (bits * 9 + 73) / 64;  // ceil((bits + 1) / 7) without a division
}

inline uint8_t* write_varint(uint8_t* at, uint64_t value) {
  while (value >= 0x80) {
    *at++ = static_cast<uint8_t>(value | 0x80);
    value >>= 7;
  }
  *at++ = static_cast<uint8_t>(value);
  return at;
}

}  // namespace gristmill::wire
