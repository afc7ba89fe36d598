// Are these bytes UTF-8? (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF.)
#pragma once

#include <cstddef>
#include <cstdint>

namespace gristmill {

inline bool is_utf8(const uint8_t* at, size_t size) {
  const uint8_t* end = at + size;
  while (at != end) {
    const uint8_t lead = *at++;
    if (lead < 0x80) continue;
    const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || end - at < more) return false;
    // The second byte's range is what excludes overlong forms, surrogates and too large code points.
    const uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (*at < low || *at > high) return false;
    ++at;
    for (int i = 1; i < more; ++i, ++at) {
      if ((*at & 0xc0) != 0x80) return false;
    }
  }
  return true;
}

}  // namespace gristmill
