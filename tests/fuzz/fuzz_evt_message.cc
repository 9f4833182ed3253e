// EVT messages: header, body, and the fold that every reader runs.
#include "eventlog/event_fold.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/log_targets.h"

using namespace sluice;

FUZZ_TARGET(evt_message) {
  eventlog::OwnedMessage message = fuzz::message_of(bytes, FrameClass::kOrders, 1);
  Answer answer;
  (void)eventlog::decode_body(message.payload(), answer).ok();
  const auto sealed = eventlog::open_sealed(message.payload());
  if (sealed.ok()) {
    answer.clear();
    (void)eventlog::decode_body(sealed.value().body, answer).ok();
  }
  eventlog::EventFold first(ShardId{0});
  (void)first.accept(message.message()).ok();
  // The same bytes behind a genesis, as if from an owner who was there.
  eventlog::Checkpoint checkpoint;
  checkpoint.cmd_sequence = CmdSequence{1};
  checkpoint.evt_sequence = EvtSequence{1};
  if (sealed.ok()) {
    checkpoint.chain = sealed.value().header.prev_chain;
    checkpoint.epoch = sealed.value().header.epoch;
    checkpoint.owner = sealed.value().header.owner;
  }
  eventlog::EventFold later(fuzz::genesis(), checkpoint);
  message = fuzz::message_of(bytes, FrameClass::kOrders, 2);
  (void)later.accept(message.message()).ok();
}
