#include "base/huge_pages.h"

#include <sys/mman.h>

namespace sluice {

void advise_huge_pages(void* begin, std::size_t bytes) { (void)::madvise(begin, bytes, MADV_HUGEPAGE); }

}  // namespace sluice
