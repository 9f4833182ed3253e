"""The planted faults of the core: name, file in engine/core, text to find (exactly once), what stands there instead, and the tests of
core_property_test that must notice. The text is the source's as it is, so that a change there asks for a look here."""
from typing import NamedTuple


class Mutant(NamedTuple):
    name: str
    file: str
    find: str
    instead: str
    tests: str
    sources: tuple = ()  # what is compiled anew for a header


# What is compiled anew when a header of the book changes.
BOOK = ("order_book.cc", "order_store.cc", "order_timers.cc", "state.cc", "state_orders.cc", "state_control.cc", "state_check.cc", "state_image.cc", "state_hash.cc",
        "decider.cc", "decide_control.cc", "decide_daily.cc", "decide_kills.cc", "decide_matching.cc", "decide_orders.cc", "decide_timers.cc",
        "engine.cc", "fill_forecast.cc", "idempotency.cc", "positions.cc", "risk.cc", "kill_switch.cc")
D, M, K, S, R, C = "decide_orders.cc", "decide_matching.cc", "decide_kills.cc", "state_orders.cc", "risk.cc", "decide_control.cc"
ALL = "Differential.*"
DAYS = "Differential.EverythingAgreesOnDays*"

MUTANTS = [
    # Matching
    Mutant("trade_at_takers_price", M, "  event.price = price;\n",
           "  event.price = has_limit_price(event.type) ? state_.orders()[taker].accepted.price : price;\n", "Property05.*"),
    Mutant("partial_fill_moves_to_the_tail", S, "  if (shown > Quantity{0} || left == Quantity{0}) return;\n",
           "  if (left == Quantity{0}) return;\n  if (shown > Quantity{0}) instrument_at(order.accepted.instrument).book.remove(index);\n",
           "Property04.*"),
    Mutant("second_best_price", "price_ladder.h", "    if (slot == best_) best_ = next_worse(pool, slot);\n",
           "    if (slot == best_) best_ = next_worse(pool, slot);\n"
           "    if (best_ != kNoSlot && size_ > 2) best_ = next_worse(pool, best_) == kNoSlot ? best_ : next_worse(pool, best_);\n",
           "Property04.*:" + ALL, BOOK),
    Mutant("position_of_the_maker", S, "add_trade(made_by, event.price, -bought,", "add_trade(made_by, event.price, bought,", ALL),
    Mutant("last_price_only_once", S, "  instrument.last_price = event.price;\n",
           "  if (instrument.last_price == Price{0}) instrument.last_price = event.price;\n", "Property11.*"),
    Mutant("ioc_and_market_reasons_swapped", M, "has_limit_price(order.type) ? CancelReason::kIoc : CancelReason::kNoLiquidity",
           "has_limit_price(order.type) ? CancelReason::kNoLiquidity : CancelReason::kIoc", ALL),
    Mutant("ioc_rests", M, "  if (!live || rests(order)) return;\n",
           "  if (!live || rests(order)) return;\n  if (has_limit_price(order.type)) return;\n", "Property06.*"),
    Mutant("fok_counts_its_own_orders", M, "if (order.stp == SelfTradePrevention::kCancelOldest && is_own(maker)) continue;", "", "Property06.*:" + ALL),
    Mutant("fok_does_not_stop_at_its_own", M, "    if (stop != kNoSlot) break;\n", "", "Property06.*"),
    Mutant("fok_does_not_count_what_is_hidden", M, "(stop == kNoSlot ? state_.orders().remaining(maker)", "(stop != kNoSlot ? state_.orders().remaining(maker)", ALL),
    Mutant("fok_counts_what_is_hidden_behind_its_own", M, "stop == kNoSlot ?", "true ?", "Property06.*:" + ALL),
    Mutant("fok_needs_one_less", M, "  return available >= wanted;\n}\n\n// R-MATCH",
           "  return available + Quantity{1} >= wanted;\n}\n\n// R-MATCH", "Property06.*"),
    Mutant("post_only_at_an_equal_price", M, "  return level != nullptr && may_trade(type, side, limit, level->price);\n",
           "  return level != nullptr && level->price != limit && may_trade(type, side, limit, level->price);\n", "Property07.*"),
    Mutant("post_only_replace_trades", D, "  if (post_only && would_trade(order.instrument, order.type, order.side, price))\n", "  if (false)\n",
           "Property07.*"),
    # Cancel and replace
    Mutant("cancel_says_only_what_was_shown", M, "  event.quantity = state_.orders().remaining(index);\n",
           "  event.quantity = state_.orders().node(index).remaining;\n", "Property01.*"),
    Mutant("someone_elses_order_by_number", D, "target != kNoSlot && state_.orders()[target].accepted.account == command.account;",
           "target != kNoSlot;", ALL),
    Mutant("larger_quantity_keeps_the_place", S, "  if (event.price == order.accepted.price && event.remaining <= orders_.remaining(index)) {\n",
           "  if (event.price == order.accepted.price && event.remaining > orders_.remaining(index)) {\n"
           "    book.grow(index, event.remaining - orders_.remaining(index));\n    return;\n  }\n"
           "  if (event.price == order.accepted.price && event.remaining <= orders_.remaining(index)) {\n", "Property09.*"),
    Mutant("smaller_quantity_loses_the_place", S, "event.price == order.accepted.price && event.remaining <= orders_.remaining(index)",
           "event.price == order.accepted.price && event.remaining < Quantity{0}", "Property09.*"),
    Mutant("new_price_in_the_old_level", S, "  order.accepted.price = event.price;\n  join_book(index, event.remaining);\n",
           "  join_book(index, event.remaining);\n", "Property09.*"),
    Mutant("a_total_equal_to_filled_lives_on", D, "if (quantity <= filled) {", "if (quantity < filled) {", ALL),
    # Icebergs
    Mutant("refreshed_tranche_keeps_the_place", S,
           "  if (shown < node.remaining) instrument_at(order.accepted.instrument).book.take(index, node.remaining - shown);\n",
           "  if (shown == Quantity{0} && left > Quantity{0}) {\n    OrderBook& book = instrument_at(order.accepted.instrument).book;\n"
           "    const Quantity tranche = fresh_tranche(order.accepted, left);\n    order.hidden = left - tranche;\n"
           "    if (tranche < node.remaining) book.take(index, node.remaining - tranche);\n"
           "    if (tranche > node.remaining) book.grow(index, tranche - node.remaining);\n    return;\n  }\n"
           "  if (shown < node.remaining) instrument_at(order.accepted.instrument).book.take(index, node.remaining - shown);\n", "Property04.*"),
    Mutant("tranche_is_all_that_is_left", "order_store.h", "? left : std::min(accepted.display, left);", "? left : left;", "Property10.*", (S, D)),
    Mutant("decrement_takes_the_shown_part", S, "take(index, event.quantity, Taken::kHiddenFirst);",
           "take(index, event.quantity, event.quantity < orders_.node(index).remaining ? Taken::kShown : Taken::kHiddenFirst);", "Property10.*:" + ALL),
    # Self-trade prevention
    Mutant("newest_and_oldest_swapped", M,
           "policy == SelfTradePrevention::kCancelOldest || policy == SelfTradePrevention::kCancelBoth;\n"
           "  const bool takes_taker = policy == SelfTradePrevention::kCancelNewest",
           "policy == SelfTradePrevention::kCancelNewest || policy == SelfTradePrevention::kCancelBoth;\n"
           "  const bool takes_taker = policy == SelfTradePrevention::kCancelOldest", ALL),
    Mutant("the_resting_orders_policy_counts", M, "prevent_self_trade(taker, level->head, order.stp)",
           "prevent_self_trade(taker, level->head, state_.orders()[level->head].accepted.stp == SelfTradePrevention::kNone ? order.stp : "
           "state_.orders()[level->head].accepted.stp)", ALL),
    Mutant("no_self_trade_prevention", M, "own && order.stp != SelfTradePrevention::kNone ?", "false ?", "Property08.*"),
    # Stops
    Mutant("oldest_stop_before_the_nearest", M, "  highest_ = std::max(highest_, traded);\n",
           "  std::sort(reached_.begin(), reached_.end());\n  highest_ = std::max(highest_, traded);\n", ALL),
    Mutant("a_stop_triggers_beyond_its_price_only", M, "[&](Price stop) { return stop > traded; });", "[&](Price stop) { return stop >= traded; });",
           "Property11.*"),
    Mutant("a_stop_in_the_market_waits", D, "    reached_.push_back(accepted.order_id);  // R-STOP-IN\n", "    ;\n", "Property11.*"),
    Mutant("only_the_last_print_triggers", M, "  queue_reached_stops(event.instrument, price);\n",
           "  if (event.remaining == Quantity{0}) queue_reached_stops(event.instrument, price);\n", "Property11.*"),
    Mutant("stop_in_market_is_never_refused", M, "definition.stop_in_market == StopInMarket::kReject &&", "false &&", ALL),
    Mutant("moved_stop_keeps_its_priority", S, "    order.priority = ++counters_.priorities;\n  } else if", "  } else if", "*Regression.*"),
    # Limits
    Mutant("order_quantity_off_by_one", R, "order.quantity.value() > *quantity_max", "order.quantity.value() >= *quantity_max", ALL),
    Mutant("order_notional_off_by_one", R, "notional(order.price, order.quantity) > *notional_max",
           "notional(order.price, order.quantity) >= *notional_max", ALL),
    Mutant("band_off_by_one", R, "* 10'000 > static_cast<Int128>", "* 10'000 >= static_cast<Int128>", ALL),
    Mutant("band_of_the_other_side", R, "order.side == Side::kBuy ? order.price.value() - last : last - order.price.value();",
           "order.side == Side::kSell ? order.price.value() - last : last - order.price.value();", ALL),
    Mutant("open_orders_off_by_one", R, "account.orders.count >= *open_max", "account.orders.count > *open_max", "Property15.*"),
    Mutant("position_off_by_one", R, "return worst_case > position_max ?", "return worst_case > position_max + 1 ?", "Property15.*"),
    Mutant("open_notional_off_by_one", R, "account.open_notional + order.added_notional > *notional_max",
           "account.open_notional + order.added_notional >= *notional_max", ALL),
    Mutant("rate_off_by_one", R, ">= static_cast<std::uint64_t>(*rate_max)", "> static_cast<std::uint64_t>(*rate_max)", ALL),
    Mutant("rate_window_a_moment_longer", "rate_window.h", "now.value() - entry.at.value() >= kSpan.value();",
           "now.value() - entry.at.value() > kSpan.value();", ALL, (R, S)),
    Mutant("replace_counts_its_order_twice", R, ".added_live = request.left - request.left_before,", ".added_live = request.left,", ALL),
    # Kill switch
    Mutant("a_kill_spares_stops", K,
           "  while (orders.head != kNoSlot) emit_cancelled(orders.head, CancelReason::kKill);\n  INVARIANT(orders.count == 0);\n",
           "  for (OrderIndex next, i = orders.head; i != kNoSlot; i = next) {\n    next = state_.orders().next(kind, i);\n"
           "    if (!state_.orders()[i].waiting) emit_cancelled(i, CancelReason::kKill);\n  }\n", "Property13.*"),
    Mutant("a_strategy_scope_does_not_block", "state.cc", "  if (const Strategy* of_strategy = this->strategy(strategy))", "  if (const Strategy* of_strategy = nullptr)", "Property13.*"),
    Mutant("a_release_lifts_every_scope", "state_control.cc", "  set_blocked(released.scope, released.key);\n",
           "  set_blocked(released.scope, released.key);\n  blocked_globally_ = Blocked::kNothing;\n"
           "  for (Account& account : accounts_) account.blocked = Blocked::kNothing;\n"
           "  for (Instrument& instrument : instruments_) instrument.blocked = Blocked::kNothing;\n", "Property13.*"),
    Mutant("one_person_releases", K, "  if (stored->requested.by == *principal_) return RejectReason::kSamePerson;\n", "", "Property13.*"),
    Mutant("a_second_latched_kill_waits", "decider.cc", "    while (latch.pending()) engage_latched", "    if (latch.pending()) engage_latched", "Property13.*:" + ALL),
    Mutant("a_restore_opens_the_global_scope", "state_image.cc", "  blocked_globally_ = kills_.blocked(KillScope::kGlobal, Name{});\n", "", "Property14.*"),
    Mutant("a_weaker_kill_softens", "kill_switch.cc", "place->engaged ? stricter(place->mode, kill.mode) : kill.mode", "kill.mode", DAYS),
    Mutant("a_blocked_stop_triggers", M, "blocked(order.account, order.strategy, order.instrument) == Blocked::kAll", "false", DAYS),
    Mutant("reduce_keeps_one_too_many", K,
           "    if (meant && position.live(side) > position.closable(side)) emit_cancelled(",
           "    if (at != orders.tail && meant && position.live(side) > position.closable(side)) emit_cancelled(", DAYS),
    Mutant("a_strategy_does_not_make_room", D, "  if (state_.any_strategy_reduces()) reduce_strategies(accepted.account, accepted.instrument);\n", "", DAYS),
    Mutant("flatten_forgets_other_instruments_stops", K, "    begin_matching();\n", "", ALL),
    Mutant("flatten_is_not_marked", K, "    accepted.flags = kFlagFlatten;\n", "", "Property13.*:" + DAYS),
    # Days, states, daily limits
    Mutant("a_timer_fires_late", "decide_timers.cc", "timers.first().due <= state_.log_time()", "timers.first().due < state_.log_time()", DAYS),
    Mutant("timers_by_order_id", "order_timers.h", "std::tie(a.due, a.id) < std::tie(b.due, b.id)", "a.id < b.id", DAYS, BOOK),
    Mutant("a_new_end_of_day_leaves_day_orders", "state_control.cc", "    timers_.remove(orders_, i);\n    set_timer(i);\n", "", DAYS),
    Mutant("a_halted_order_is_changed", D, "  if (open != RejectReason::kNone) return refused(open);\n", "", DAYS),
    Mutant("one_daily_trade_more", R, "trades >= static_cast<std::uint64_t>(*trades_max)", "trades > static_cast<std::uint64_t>(*trades_max)", DAYS),
    Mutant("a_loss_at_the_limit_stops", R, "-profit > *loss_max", "-profit >= *loss_max", DAYS),
    Mutant("a_trade_with_itself_counts_twice", S, "made_by != taken_by);", "true);", ALL + ":" + DAYS),
    Mutant("only_parties_of_a_trade_lose", "decide_daily.cc", "    if (!party && (", "    if (!party || (", DAYS),
    Mutant("yesterdays_profit_counts_today", "state_control.cc",
           "    position.day_profit = position.holding.profit(instrument(position.instrument)->last_price);\n", "", DAYS),
    Mutant("fok_forgets_daily_limits", M, "  if (state_.watches_days()) return FillForecast(state_, taker).fills();\n", "", DAYS),
    Mutant("the_default_goes_first", "state.cc", "  if (account.limits[at]) return account.limits[at];\n  return instrument",
           "  if (account.limits[at] && !limits_[at]) return account.limits[at];\n  return instrument", ALL),
    # Command ids
    Mutant("a_repeat_is_executed", "decider.cc", "  if (known != nullptr && known->outcome.body_hash == key.body_hash) {", "  if (false) {", "Property17.*"),
    Mutant("a_conflict_is_executed", "decider.cc", "  if (known != nullptr && key.refusable) {", "  if (false) {", ALL),
    Mutant("an_old_key_is_executed", "decider.cc", "if (!fresh || !wanted) reason", "if (!wanted) reason", ALL),
    Mutant("valid_until_is_ignored", "decider.cc", "if (!fresh || !wanted) reason", "if (!fresh) reason", ALL),
    Mutant("a_key_is_forgotten_too_early", "idempotency.cc", "kNoSlot || entries_[slot].kept_until < log_time ?",
           "kNoSlot || entries_[slot].kept_until <= log_time ?", ALL),
    Mutant("an_old_key_stays_known", "idempotency.cc", "slot == kNoSlot || entries_[slot].kept_until < log_time ?", "slot == kNoSlot ?", ALL),
    Mutant("a_key_is_erased_while_it_is_known", "idempotency.cc", "return oldest.kept_until < log_time ?", "return oldest.at < log_time ?", ALL),
    # State
    Mutant("an_image_forgets_what_is_hidden", "state_image.cc", "orders_.remaining(i), order.priority, order.waiting, order.hidden});",
           "orders_.remaining(i), order.priority, order.waiting, Quantity{0}});", "Property14.*:Property19.*"),
    Mutant("the_state_hash_keeps_the_old_last_price", S, "  trading_sum_ -= hash_of_last_price(event.instrument, instrument.last_price);\n", "", ALL),
    Mutant("stops_are_no_live_quantity", S, "  live_quantity = live_quantity + quantity;\n",
           "  if (!is_stop(order.accepted.type)) live_quantity = live_quantity + quantity;\n", ALL),
    Mutant("a_refused_replace_moves_the_order", D, "  if (risk != RejectReason::kNone) return refused(risk);\n",
           "  if (risk != RejectReason::kNone) {\n    OrderEvent moved = event_of(target, OrderEventKind::kReplaced);\n    moved.price = order.price;\n"
           "    moved.quantity = order.quantity;\n    moved.remaining = state_.orders().remaining(target);\n    moved.stop_price = order.stop_price;\n"
           "    moved.command_index = index_;\n    emit(moved);\n    return refused(risk);\n  }\n", "Property12.*"),
]
