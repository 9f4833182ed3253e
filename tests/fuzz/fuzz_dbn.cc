// Market-by-order files, packed or not, and the books made of them.
#include "marketdata/dbn.h"
#include "marketdata/zstd.h"
#include "tests/fuzz/fuzz_target.h"

using namespace sluice::marketdata;

FUZZ_TARGET(dbn) {
  (void)unpack_zstd(bytes, std::size_t{1} << 20).ok();
  dbn::Books books;
  (void)dbn::decode(bytes, [&](const dbn::MboRecord& record) { (void)books.apply(record); }).ok();
}
