// Serialized tf.Examples to columns, with or without knowing the features beforehand.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "arrow_c_data.h"
#include "arrow_view.h"

namespace gristmill {

// A struct array with one child per feature, sorted by name: `list<int64 | float | binary>`, or `null` for a feature
// that no record gives a kind. Without `features` those of the records; with them exactly those.
TypedArray decode_examples(const BinaryView& records, const std::optional<std::vector<std::string>>& features);

}  // namespace gristmill
