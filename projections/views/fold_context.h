// What every fold needs to know about the answer it folds. Values only.
#pragma once

#include "domain/ids.h"
#include "domain/money.h"

namespace sluice::projections {

struct FoldContext {
  ShardId shard;
  EvtSequence sequence;  // of the answer's last part
  Nanos time;            // log time of the answer
};

}  // namespace sluice::projections
