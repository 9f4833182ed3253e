// How the modes of kills compare. Values only.
#pragma once

#include "domain/commands.h"

namespace sluice {

/// The stricter of two modes; from the weakest: reduce only, block only, block and cancel, flatten.
constexpr KillMode stricter(KillMode a, KillMode b) {
  const auto rank = [](KillMode mode) {
    switch (mode) {
      case KillMode::kReduceOnly: return 1;
      case KillMode::kBlockOnly: return 2;
      case KillMode::kBlockAndCancel: return 3;
      case KillMode::kFlatten: return 4;
    }
    return 5;
  };
  return rank(a) < rank(b) ? b : a;
}

}  // namespace sluice
