// Engine: the frame around decisions; execute() and apply() change State by the same calls in the same order.
#include "engine/core/engine.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/invariant.h"
#include "engine/core/decider.h"
#include "engine/core/state.h"

namespace sluice::core {

namespace {

/// Steps between asking for memory and using it; of the order an index names, and of the index.
constexpr std::size_t kOrdersAhead = 4;
constexpr std::size_t kIndexAhead = 10;
constexpr std::size_t kCommandsAhead = 8;

Error halted(std::string what) { return {ErrorCode::kHalted, "engine: " + std::move(what)}; }

}  // namespace

Engine::Engine(const Genesis& genesis, Capacity capacity) : state_(std::make_unique<State>(genesis, capacity)) {}

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) { INVARIANT(state_ != nullptr); }

Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::restore(const StateImage& image, Capacity capacity) {
  Result<std::unique_ptr<State>> state = State::restore(image, capacity);
  if (!state.ok()) return state.error();
  return std::unique_ptr<Engine>(new Engine(std::move(state).value()));
}

/// Starts the answer of a frame: log time moves, live and in apply() alike.
void Engine::begin(const CommandFrame& frame, Answer& answer) {
  INVARIANT(frame.sequence.value() == state_->cmd_sequence().value() + 1);
  // The first commands' memory is on its way from here on; Decider asks for that of the others.
  for (const OrderCommand& command : frame.orders.first(std::min(frame.orders.size(), kCommandsAhead)))
    state_->prefetch(command);
  answer.clear();
  answer.kind = AnswerKind::kAnswer;
  answer.frame_class = frame.frame_class;
  answer.cmd_sequence = frame.sequence;
  answer.cmd_sha256 = frame.sha256;
  answer.log_time = std::max(state_->log_time(), frame.broker_time);
  state_->advance(answer.log_time);
}

// The hash covers the whole frame, its outcomes and the new sequence included.
void Engine::finish(Answer& answer) {
  state_->answered(answer.cmd_sequence);
  // Cheap enough for every frame; written now and then, it lets a follower notice a difference early.
  answer.has_state_hash = answer.cmd_sequence.value() % kStateHashInterval == 0;
  if (answer.has_state_hash) answer.state_hash = state_->state_hash();
}

void Engine::execute(const CommandFrame& frame, KillLatch& latch, Answer& answer) {
  begin(frame, answer);
  Decider(*state_, answer, reached_).run(frame, latch);
  finish(answer);
}

void Engine::execute(const CommandFrame& frame, std::span<const RecordedKill> kills, Answer& answer) {
  begin(frame, answer);
  Decider(*state_, answer, reached_).run(frame, kills);
  finish(answer);
}

void Engine::reject_frame(const CommandFrame& frame, FrameFault fault, Answer& answer) {
  begin(frame, answer);
  Decider(*state_, answer, reached_).reject_frame(fault);
  finish(answer);
}

// No frame is in progress, so log time stays and the sequence is that of the newest answer.
bool Engine::engage(const LatchedKill& kill, Answer& answer) {
  answer.clear();
  answer.kind = AnswerKind::kControl;
  answer.frame_class = FrameClass::kControl;
  answer.cmd_sequence = state_->cmd_sequence();
  answer.log_time = state_->log_time();
  return Decider(*state_, answer, reached_).engage_latched(kill, kNoCommand);
}

// Outcomes after all events: an event never depends on a key, so replay need not interleave them as execution did.
Status Engine::apply(const Answer& answer) {
  if (answer.kind == AnswerKind::kAnswer) {
    if (answer.cmd_sequence.value() != cmd_sequence().value() + 1) {
      return halted("answer of CMD " + std::to_string(answer.cmd_sequence.value()) + " after " +
                    std::to_string(cmd_sequence().value()));
    }
    if (answer.log_time < log_time()) return halted("log time runs backwards");
    state_->advance(answer.log_time, answer.logic);
  } else if (answer.cmd_sequence != cmd_sequence()) {
    return halted("control message at CMD " + std::to_string(answer.cmd_sequence.value()) + ", not " +
                  std::to_string(cmd_sequence().value()));
  }
  // What is in memory and not in the cache is asked for some steps ahead: the answer says what comes.
  const std::span events(answer.order_events);
  for_each_event(
      answer, [this](const ControlEvent& event) { state_->apply(event); },
      [&](const OrderEvent& event) {
        const auto at = static_cast<std::size_t>(&event - events.data());
        if (at + kIndexAhead < events.size()) state_->prefetch_index(events[at + kIndexAhead]);
        if (at + kOrdersAhead < events.size()) state_->prefetch_orders(events[at + kOrdersAhead]);
        state_->apply(event);
      });
  const std::span outcomes(answer.outcomes);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (i + kIndexAhead < outcomes.size()) state_->prefetch(outcomes[i + kIndexAhead]);
    state_->apply(outcomes[i]);
  }
  if (answer.kind != AnswerKind::kAnswer) return ok_status();
  state_->answered(answer.cmd_sequence);
  if (answer.has_state_hash && answer.state_hash != state_->state_hash()) {
    return halted("state hash differs after CMD " + std::to_string(answer.cmd_sequence.value()));
  }
  return ok_status();
}

CmdSequence Engine::cmd_sequence() const { return state_->cmd_sequence(); }
Nanos Engine::log_time() const { return state_->log_time(); }
Nanos Engine::next_timer() const { return state_->timers().empty() ? Nanos{} : state_->timers().first().due; }
Hash128 Engine::state_hash() const { return state_->state_hash(); }
Hash128 Engine::trading_hash() const { return state_->trading_hash(); }
void Engine::grow_ahead() { state_->grow_ahead(); }
StateImage Engine::image() const { return state_->image(); }

}  // namespace sluice::core
