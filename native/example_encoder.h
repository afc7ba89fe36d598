// Record batches to serialized tf.Examples, byte for byte as protobuf's deterministic serialisation writes them.
#pragma once

#include "arrow_c_data.h"

namespace gristmill {

// `batch` is a struct array whose children are `list<int64 | float | binary | string>` or `null`.
// The result is a `binary` array with one record per row.
TypedArray encode_examples(const ArrowSchema& schema, const ArrowArray& batch);

}  // namespace gristmill
