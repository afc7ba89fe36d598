// Large memory on huge pages, where the system has them: it is filled once from end to end, and the kernel would
// otherwise stop at every 4 KiB of it. https://docs.kernel.org/admin-guide/mm/transhuge.html
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace gristmill {

// Advises the kernel about memory that has been allocated and not been written yet. Whether it listens changes nothing
// but speed.
inline void advise_huge_pages(void* memory, size_t size) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  constexpr size_t kWorthIt = size_t{4} << 20;  // two huge pages: one may be lost to alignment
  constexpr uintptr_t kPage = 4096;
  if (memory == nullptr || size < kWorthIt) return;
  // Whole pages around the memory, so that a region of the allocator's own keeps one set of flags and can be moved.
  const auto begin = reinterpret_cast<uintptr_t>(memory) & ~(kPage - 1);
  const auto end = reinterpret_cast<uintptr_t>(memory) + size;
  static_cast<void>(madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE));
#else
  static_cast<void>(memory), static_cast<void>(size);
#endif
}

}  // namespace gristmill
