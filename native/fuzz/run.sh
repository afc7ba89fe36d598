#!/bin/sh
# Fuzz the decoder and the frame reader, each for SECONDS, with the address and undefined-behaviour sanitizers.
# Usage: native/fuzz/run.sh SECONDS [FOLDER]. FOLDER keeps the corpus and what was found (build/fuzz by default).
set -eu

seconds=${1:?usage: native/fuzz/run.sh SECONDS [FOLDER]}
here=$(cd "$(dirname "$0")" && pwd)
folder=${2:-$here/../../build/fuzz}
compiler=${CXX:-clang++}
python=${PYTHON:-python3}

if ! command -v "$compiler" >/dev/null; then
  echo "native/fuzz/run.sh needs clang++ (or CXX=...)" >&2
  exit 1
fi

mkdir -p "$folder/corpus" "$folder/found"
"$python" "$here/make_seeds.py" "$folder/corpus"

for name in decode frames; do
  "$compiler" -std=c++17 -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all \
    -fsanitize=fuzzer,address,undefined -o "$folder/$name" "$here/${name}_fuzzer.cpp" \
    "$here"/../arrow_export.cpp "$here"/../crc32c.cpp "$here"/../example_decoder.cpp \
    "$here"/../example_encoder.cpp "$here"/../feature_column.cpp "$here"/../record_frames.cpp
  # malloc_limit_mb: no input of a few kilobytes may ask for more at once than the room that a large batch starts with.
  "$folder/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=128 -print_final_stats=1 \
    -artifact_prefix="$folder/found/$name-" "$folder/corpus/$name"
done
