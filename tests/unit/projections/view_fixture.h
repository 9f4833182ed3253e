// A store in a directory of its own, and answers folded into it one by one without a projector. One thread.
#pragma once

#include <gtest/gtest.h>

#include "projections/store.h"
#include "projections/views/views.h"
#include "support/process.h"
#include "support/shard_rig.h"

namespace sluice::projections {

class ViewFixture : public testing::Test {
 protected:
  ViewFixture() : store_(std::move(Store::open(dir_.path() / "views").value())) {}

  /// Folds what `rig_` wrote last.
  void fold() { fold(rig_.answer()); }
  void fold(const Answer& answer) {
    const eventlog::Checkpoint before = checkpoint_;
    checkpoint_.evt_sequence = EvtSequence{rig_.last_sequence()};
    checkpoint_.cmd_sequence = answer.cmd_sequence;
    ViewBatch batch = store_->batch(ShardId{0});
    fold_answer(answer, before, checkpoint_, batch);
    ASSERT_TRUE(batch.status().ok()) << batch.status().error().message;
    ASSERT_TRUE(store_->write(batch, ProgressRow{}).ok());
  }
  AccountId account(std::string_view name) {
    const AccountId id = rig_.account(name);
    fold();
    return id;
  }
  InstrumentId instrument(std::string_view symbol) {
    const InstrumentId id = rig_.instrument(symbol);
    fold();
    return id;
  }
  /// Executes and folds one command; the id of the order it concerns.
  OrderId run(const OrderCommand& command) {
    rig_.orders({command});
    fold();
    return rig_.answer().outcomes.at(0).order_id;
  }

  test::TempDir dir_;
  eventlog::MemoryLog log_{1};
  test::ShardRig rig_{log_};
  std::unique_ptr<Store> store_;
  eventlog::Checkpoint checkpoint_;
};

}  // namespace sluice::projections
