// Makes Arrow arrays out of memory that we own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "arrow_c_data.h"
#include "buffer.h"

namespace gristmill {

// Nullable fields throughout, as pyarrow makes them by default.
OwnedSchema make_schema(std::string format, std::string name, std::vector<OwnedSchema> children = {});

// `blocks` in the order of the Arrow layout; a first one without data means "no nulls".
OwnedArray make_array(int64_t length, int64_t null_count, std::vector<Block> blocks,
                      std::vector<OwnedArray> children = {});

// A `binary` array without nulls; `offsets` are int32, one more than there are values.
TypedArray make_binary(int64_t length, Block offsets, Block data);

}  // namespace gristmill
