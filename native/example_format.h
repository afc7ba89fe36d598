// The field numbers of tf.Example:
//
//   Example   { Features features = 1; }
//   Features  { map<string, Feature> feature = 1; }        an entry is { string key = 1; Feature value = 2; }
//   Feature   { oneof kind { BytesList bytes_list = 1; FloatList float_list = 2; Int64List int64_list = 3; } }
//   BytesList { repeated bytes value = 1; }
//   FloatList { repeated float value = 1; }
//   Int64List { repeated int64 value = 1; }
#pragma once

#include <cstdint>

#include "wire.h"

namespace gristmill::example {

enum class Kind : uint8_t { kNone = 0, kBytes = 1, kFloats = 2, kInts = 3 };  // the numbers of the oneof's fields

constexpr uint32_t kFeatures = wire::tag(1, wire::kBytes);
constexpr uint32_t kEntry = wire::tag(1, wire::kBytes);
constexpr uint32_t kKey = wire::tag(1, wire::kBytes);
constexpr uint32_t kValue = wire::tag(2, wire::kBytes);
constexpr uint32_t kListOfBytes = wire::tag(1, wire::kBytes);
constexpr uint32_t kListOfFloats = wire::tag(2, wire::kBytes);
constexpr uint32_t kListOfInts = wire::tag(3, wire::kBytes);
constexpr uint32_t kItems = wire::tag(1, wire::kBytes);  // one bytes value, or packed numbers
constexpr uint32_t kOneFloat = wire::tag(1, wire::kFixed32);
constexpr uint32_t kOneInt = wire::tag(1, wire::kVarint);

constexpr const char* kind_name(Kind kind) {
  return kind == Kind::kBytes ? "bytes" : kind == Kind::kFloats ? "float" : kind == Kind::kInts ? "int64" : "no kind";
}

}  // namespace gristmill::example
