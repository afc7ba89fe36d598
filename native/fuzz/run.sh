#!/bin/sh
# Fuzz everything native, SECONDS in all, with the address and undefined-behaviour sanitizers.
# Usage: native/fuzz/run.sh SECONDS [FOLDER]. FOLDER keeps the corpus and what was found (build/fuzz by default).
set -eu

seconds=${1:?usage: native/fuzz/run.sh SECONDS [FOLDER]}
here=$(cd "$(dirname "$0")" && pwd)
folder=${2:-$here/../../build/fuzz}
compiler=${CXX:-clang++}
python=${PYTHON:-python3}
fuzzers="decode encode frames digest"

mkdir -p "$folder/corpus" "$folder/found"
echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' >"$folder/probe.cpp"
if ! "$compiler" -fsanitize=fuzzer,address,undefined -o "$folder/probe" "$folder/probe.cpp" 2>/dev/null; then
  echo "native/fuzz/run.sh needs clang++ (or CXX=...) with libFuzzer; on Debian: apt-get install clang libclang-rt-dev" >&2
  exit 1
fi
"$python" "$here/make_seeds.py" "$folder/corpus"

flags="-std=c++17 -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all"
rm -f "$folder"/*.o
for source in arrow_export crc32c example_decoder example_encoder feature_column record_frames sha256; do
  "$compiler" $flags -fsanitize=fuzzer-no-link,address,undefined -c -o "$folder/$source.o" "$here/../$source.cpp"
done
for name in $fuzzers; do
  "$compiler" $flags -fsanitize=fuzzer,address,undefined -o "$folder/$name" "$here/${name}_fuzzer.cpp" "$folder"/*.o
done
for name in $fuzzers; do
  echo "fuzzing $name for $((seconds / 4)) seconds"
  # malloc_limit_mb: no input of a few kilobytes may ask for more at once than the room that a large batch starts with.
  "$folder/$name" -max_total_time="$((seconds / 4))" -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=128 -verbosity=0 -print_funcs=0 \
    -print_final_stats=1 -artifact_prefix="$folder/found/$name-" "$folder/corpus/$name"
done
