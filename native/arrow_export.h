// Makes Arrow arrays out of buffers that we own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "arrow_c_data.h"
#include "buffer.h"

namespace gristmill {

// Nullable fields throughout, as pyarrow makes them by default.
OwnedSchema make_schema(std::string format, std::string name, std::vector<OwnedSchema> children = {});

// `buffers` in the order of the Arrow layout; an empty first buffer means "no nulls".
OwnedArray make_array(int64_t length, int64_t null_count, std::vector<Buffer> buffers,
                      std::vector<OwnedArray> children = {});

// A `binary` array of `offsets` (int32, one more than there are values) and `data`.
TypedArray make_binary(Buffer offsets, Buffer data);

}  // namespace gristmill
