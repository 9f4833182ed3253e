// What every query needs: the read models, the names, and how far they are. All outlive the service. Threads: any.
#pragma once

#include <filesystem>

#include "projections/progress_board.h"
#include "projections/reference_cache.h"
#include "projections/store.h"

namespace sluice::query {

struct QueryContext {
  const projections::Store& store;
  const projections::ReferenceCache& names;
  projections::ProgressBoard& board;
  std::filesystem::path audit_dir{};  // folders `audit` are looked for in it and one below; empty: none are served
};

}  // namespace sluice::query
