#include "protomap/event_proto.h"

#include <string>

#include "protomap/enums.h"

namespace sluice::protomap {

namespace {

std::string text(std::string_view view) { return std::string(view); }

/// Bits of Outcome::key_owner: the top one marks the hash of a principal.
constexpr std::uint64_t kPrincipalBit = std::uint64_t{1} << 63;

class EventWriter {
 public:
  EventWriter(const Answer& answer, const AnswerPlace& place, const Names& names,
              google::protobuf::RepeatedPtrField<v1::Event>& out)
      : answer_(answer), place_(place), names_(names), out_(out) {}

  void write(const OrderEvent& event, std::uint32_t index);
  void write(const ControlEvent& event, std::uint32_t index);
  void write(const Outcome& outcome, std::uint32_t command_index, std::uint32_t index);

 private:
  v1::Event& begin(std::uint32_t index, std::uint32_t command_index) {
    v1::Event& event = *out_.Add();
    event.set_shard(place_.shard.value());
    event.set_sequence(place_.sequence.value());
    event.set_index(index);
    event.set_command_sequence(answer_.cmd_sequence.value());
    event.set_command_index(command_index);
    event.set_time_unix_nanos(answer_.log_time.value());
    return event;
  }
  void fill_accepted(const OrderEvent& from, v1::Order& to) const;
  void fill_traded(const OrderEvent& from, v1::Traded& to) const;
  void fill_cancelled(const OrderEvent& from, v1::OrderCancelled& to) const;
  void fill_replaced(const OrderEvent& from, v1::OrderReplaced& to) const;

  void fill_body(const InstrumentDefined& from, v1::Event& to) const {
    fill(from.definition, *to.mutable_instrument_defined()->mutable_instrument());
  }
  void fill_body(const AccountRegistered& from, v1::Event& to) const {
    to.mutable_account_registered()->set_account(from.name.str());
  }
  void fill_body(const StrategyRegistered& from, v1::Event& to) const {
    to.mutable_strategy_registered()->set_strategy(from.name.str());
  }
  void fill_body(const LimitsSet& from, v1::Event& to) const;
  void fill_body(const KillSwitchEngaged& from, v1::Event& to) const { fill(from, *to.mutable_kill_switch_engaged()); }
  void fill_body(const ReleaseRequested& from, v1::Event& to) const { fill(from, *to.mutable_release_requested()); }
  void fill_body(const KillSwitchReleased& from, v1::Event& to) const;
  void fill_body(const FrameRejected& from, v1::Event& to) const {
    to.mutable_frame_rejected()->set_fault(text(name_of(from.fault)));
  }
  void fill_body(const EpochStarted& from, v1::Event& to) const {
    to.mutable_epoch_started()->set_epoch(from.epoch.value());
    to.mutable_epoch_started()->set_owner(std::to_string(from.owner.value()));
  }
  void fill_body(const InstrumentStateChanged& from, v1::Event& to) const {
    to.mutable_instrument_state_changed()->set_symbol(text(names_.symbol(from.id)));
    to.mutable_instrument_state_changed()->set_state(to_proto(from.state));
  }
  void fill_body(const CalendarSet& from, v1::Event& to) const {
    for (const SettlementDay& day : from.days) fill(day, *to.mutable_calendar_set()->add_days());
  }
  void fill_body(const SettlementDayStarted& from, v1::Event& to) const {
    fill(from.day, *to.mutable_settlement_day_started()->mutable_day());
  }

  const Answer& answer_;
  const AnswerPlace& place_;
  const Names& names_;
  google::protobuf::RepeatedPtrField<v1::Event>& out_;
};

void EventWriter::fill_accepted(const OrderEvent& from, v1::Order& to) const {
  to.set_order_id(from.order_id.value());
  to.set_account(text(names_.account(from.account)));
  to.set_symbol(text(names_.symbol(from.instrument)));
  to.set_strategy(text(names_.strategy(from.strategy)));
  to.set_client_order_id(from.client_order_id.str());
  to.set_side(to_proto(from.side));
  to.set_type(to_proto(from.type));
  to.set_time_in_force(to_proto(from.tif));
  to.set_price(from.price.value());
  to.set_quantity(from.quantity.value());
  to.set_remaining(from.remaining.value());
  to.set_stop_price(from.stop_price.value());
  to.set_display(from.display.value());
  to.set_post_only((from.flags & kFlagPostOnly) != 0);
  to.set_flatten((from.flags & kFlagFlatten) != 0);
  to.set_expire_at_unix_nanos(from.expire_at.value());
  to.set_self_trade_prevention(to_proto(from.stp));
  to.set_state(v1::ORDER_STATE_LIVE);
  to.set_accepted_at_unix_nanos(answer_.log_time.value());
  to.set_updated_at_unix_nanos(answer_.log_time.value());
  to.set_event_sequence(place_.sequence.value());
}

void EventWriter::fill_traded(const OrderEvent& from, v1::Traded& to) const {
  to.set_trade_id(from.trade_id.value());
  to.set_symbol(text(names_.symbol(from.instrument)));
  to.set_price(from.price.value());
  to.set_quantity(from.quantity.value());
  to.set_maker_order_id(from.other_order_id.value());
  to.set_taker_order_id(from.order_id.value());
  to.set_maker_account(text(names_.account(from.other_account)));
  to.set_taker_account(text(names_.account(from.account)));
  to.set_taker_side(to_proto(from.side));
  to.set_maker_remaining(from.other_remaining.value());
  to.set_taker_remaining(from.remaining.value());
}

void EventWriter::fill_cancelled(const OrderEvent& from, v1::OrderCancelled& to) const {
  to.set_order_id(from.order_id.value());
  to.set_account(text(names_.account(from.account)));
  to.set_client_order_id(from.client_order_id.str());
  to.set_symbol(text(names_.symbol(from.instrument)));
  to.set_quantity(from.quantity.value());
  to.set_reason(to_proto(from.reason));
}

void EventWriter::fill_replaced(const OrderEvent& from, v1::OrderReplaced& to) const {
  to.set_order_id(from.order_id.value());
  to.set_account(text(names_.account(from.account)));
  to.set_client_order_id(from.client_order_id.str());
  to.set_symbol(text(names_.symbol(from.instrument)));
  to.set_price(from.price.value());
  to.set_quantity(from.quantity.value());
  to.set_remaining(from.remaining.value());
  to.set_stop_price(from.stop_price.value());
}

void EventWriter::write(const OrderEvent& event, std::uint32_t index) {
  v1::Event& to = begin(index, event.command_index);
  switch (event.kind) {
    case OrderEventKind::kAccepted: fill_accepted(event, *to.mutable_order_accepted()->mutable_order()); break;
    case OrderEventKind::kTraded: fill_traded(event, *to.mutable_traded()); break;
    case OrderEventKind::kCancelled: fill_cancelled(event, *to.mutable_order_cancelled()); break;
    case OrderEventKind::kReplaced: fill_replaced(event, *to.mutable_order_replaced()); break;
    case OrderEventKind::kTriggered:
      to.mutable_order_triggered()->set_order_id(event.order_id.value());
      to.mutable_order_triggered()->set_symbol(text(names_.symbol(event.instrument)));
      break;
    case OrderEventKind::kDecremented: {
      v1::OrderDecremented& decremented = *to.mutable_order_decremented();
      decremented.set_order_id(event.order_id.value());
      decremented.set_symbol(text(names_.symbol(event.instrument)));
      decremented.set_quantity(event.quantity.value());
      decremented.set_remaining(event.remaining.value());
      break;
    }
  }
}

void EventWriter::fill_body(const LimitsSet& from, v1::Event& to) const {
  v1::LimitsSet& limits = *to.mutable_limits_set();
  if (from.account != AccountId{}) limits.set_account(text(names_.account(from.account)));
  if (from.instrument != InstrumentId{}) limits.set_symbol(text(names_.symbol(from.instrument)));
  for (std::size_t kind = 0; kind < kLimitKinds; ++kind) {
    const LimitChange& change = from.changes[kind];
    if (change.action == LimitAction::kKeep) continue;
    v1::LimitChange& entry = (*limits.mutable_changes())[text(name_of(static_cast<LimitKind>(kind)))];
    entry.set_lift(change.action == LimitAction::kLift);
    entry.set_value(change.value);
  }
}

void EventWriter::fill_body(const KillSwitchReleased& from, v1::Event& to) const {
  v1::KillSwitchReleased& released = *to.mutable_kill_switch_released();
  released.set_release_id(to_string(from.release_id));
  released.set_scope(to_proto(from.scope));
  released.set_key(from.key.str());
  released.set_requested_by(from.requested_by.str());
  released.set_approved_by(from.approved_by.str());
}

void EventWriter::write(const ControlEvent& event, std::uint32_t index) {
  v1::Event& to = begin(index, event.command_index);
  std::visit([&](const auto& body) { fill_body(body, to); }, event.body);
}

void EventWriter::write(const Outcome& outcome, std::uint32_t command_index, std::uint32_t index) {
  v1::CommandRejected& rejected = *begin(index, command_index).mutable_command_rejected();
  rejected.set_command_id(to_string(outcome.command_id));
  rejected.set_reason(to_proto(outcome.reason));
  rejected.set_account(text(names_.account(account_of(outcome))));
}

}  // namespace

AccountId account_of(const Outcome& outcome) {
  if ((outcome.key_owner & kPrincipalBit) != 0) return AccountId{};
  return AccountId{static_cast<std::uint32_t>(outcome.key_owner)};
}

void append_events(const Answer& answer, const AnswerPlace& place, const Names& names, const EventFilter& filter,
                   google::protobuf::RepeatedPtrField<v1::Event>& out) {
  EventWriter writer(answer, place, names, out);
  std::uint32_t index = 0;
  for_each_event(
      answer,
      [&](const ControlEvent& event) {
        if (!filter.control || filter.control(event)) writer.write(event, index);
        ++index;
      },
      [&](const OrderEvent& event) {
        if (!filter.order || filter.order(event)) writer.write(event, index);
        ++index;
      });
  for (std::uint32_t command = 0; command < answer.outcomes.size(); ++command) {
    const Outcome& outcome = answer.outcomes[command];
    if (outcome.code != OutcomeCode::kRejected || (outcome.flags & kFlagRepeat) != 0) continue;
    if (!filter.rejected || filter.rejected(outcome, command)) writer.write(outcome, command, index);
    ++index;
  }
}

void append_events_of(const Answer& answer, std::uint32_t command_index, const AnswerPlace& place, const Names& names,
                      google::protobuf::RepeatedPtrField<v1::Event>& out) {
  const EventFilter filter{
      .order = [&](const OrderEvent& event) { return event.command_index == command_index; },
      // A latched kill names the command before which it took effect; that command did not cause it.
      .control =
          [&](const ControlEvent& event) {
            const auto* const engaged = std::get_if<KillSwitchEngaged>(&event.body);
            return event.command_index == command_index &&
                   (engaged == nullptr || engaged->source != KillSource::kLatch);
          },
      .rejected = [&](const Outcome&, std::uint32_t command) { return command == command_index; }};
  append_events(answer, place, names, filter, out);
}

void fill(const KillSwitchEngaged& from, v1::KillSwitchEngaged& to) {
  to.set_kill_id(to_string(from.kill.kill_id));
  to.set_scope(to_proto(from.kill.scope));
  to.set_key(from.kill.key.str());
  to.set_mode(to_proto(from.kill.mode));
  to.set_reason(from.kill.reason.str());
  to.set_engaged_by(from.by.str());
  to.set_by_latch(from.source == KillSource::kLatch);
  to.set_automatic(from.source == KillSource::kAutomatic);
  to.set_orders_cancelled(from.orders_cancelled);
}

void fill(const ReleaseRequested& from, v1::ReleaseRequested& to) {
  to.set_release_id(to_string(from.request.release_id));
  to.set_scope(to_proto(from.request.scope));
  to.set_key(from.request.key.str());
  to.set_kill_id(to_string(from.request.kill_id));
  to.set_kill_sequence(from.request.kill_sequence.value());
  to.set_requested_by(from.by.str());
  to.set_reason(from.request.reason.str());
}

void fill(const SettlementDay& from, v1::SettlementDay& to) {
  to.set_date(from.date);
  to.set_ends_at_unix_nanos(from.ends_at.value());
}

void fill(const DefineInstrument& from, v1::Instrument& to) {
  to.set_symbol(from.symbol.str());
  to.set_home_shard(from.home.value());
  to.set_tick_size(from.tick.value());
  to.set_lot_size(from.lot.value());
  to.set_unit_value_micros(from.unit_value.value());
  to.set_stop_in_market(to_proto(from.stop_in_market));
}

}  // namespace sluice::protomap
