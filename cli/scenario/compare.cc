#include "cli/scenario/compare.h"

#include <algorithm>
#include <iterator>

namespace sluice::scenario {

namespace {

/// Events whose order matters: what traded against what, and what came alive.
bool is_ordered(const Event& event) { return event.e == "traded" || event.e == "triggered"; }

std::string to_text(const Event& event) {
  std::string text = event.e;
  const auto add = [&](const char* name, std::int64_t value) {
    text += std::string(" ") + name + "=" + std::to_string(value);
  };
  if (event.e == "traded") {
    add("maker", event.maker);
    add("taker", event.taker);
    add("px", event.px);
  } else {
    add("id", event.id);
  }
  if (event.e == "traded" || event.e == "cancelled" || event.e == "decremented") add("qty", event.qty);
  if (event.e == "traded") {
    add("maker_left", event.maker_left);
    add("taker_left", event.taker_left);
  }
  return event.reason.empty() ? text : text + " reason=" + event.reason;
}

template <typename Values, typename ToText>
std::string join(const Values& values, ToText&& text_of) {
  std::string text = "[";
  for (const auto& value : values) text += (text.size() > 1 ? ", " : "") + text_of(value);
  return text + "]";
}

std::string to_text(const std::vector<std::int64_t>& ids) {
  return join(ids, [](std::int64_t id) { return std::to_string(id); });
}

std::string to_text(const Book& book) {
  const auto level = [](const BookLevel& l) {
    return "[" + std::to_string(l.px) + "," + std::to_string(l.qty) + "," + std::to_string(l.orders) + "]";
  };
  return "bids " + join(book.bids, level) + " asks " + join(book.asks, level);
}

const char* name_of(Side side) { return side == Side::kBuy ? "B" : "S"; }

using MaybeMismatch = std::optional<Mismatch>;

template <typename T>
MaybeMismatch differ(std::string what, const T& expected, const T& got) {
  if (expected == got) return std::nullopt;
  return Mismatch{std::move(what), to_text(expected), to_text(got)};
}

}  // namespace

std::string to_text(const std::vector<Event>& events) {
  return join(events, [](const Event& event) { return to_text(event); });
}

std::string to_text(const Op& op) {
  switch (op.kind) {
    case OpKind::kNew: return "new " + std::to_string(op.id);
    case OpKind::kCancel: return "cancel " + std::to_string(op.id);
    case OpKind::kReplace: return "replace " + std::to_string(op.id);
    case OpKind::kKill: return "kill " + std::string(name_of(op.scope)) + " " + op.key;
    case OpKind::kRelease: return "release " + std::string(name_of(op.scope)) + " " + op.key;
    case OpKind::kRisk: return "risk " + op.acct.value_or(op.sym);
    case OpKind::kState: return "state " + op.sym + " " + std::string(name_of(op.state));
    case OpKind::kWait: return "wait " + std::to_string(op.t_millis);
  }
  return "?";
}

std::optional<Mismatch> compare_events(const std::vector<Event>& expected, const std::vector<Event>& got) {
  const auto split = [](const std::vector<Event>& events) {
    std::pair<std::vector<Event>, std::vector<Event>> parts;
    for (const Event& event : events) (is_ordered(event) ? parts.first : parts.second).push_back(event);
    std::sort(parts.second.begin(), parts.second.end());
    return parts;
  };
  if (split(expected) == split(got)) return std::nullopt;
  return Mismatch{"events", to_text(expected), to_text(got)};
}

Result<std::optional<Mismatch>> compare_state(const Step& step, ScenarioTarget& target) {
  for (const auto& [symbol, expected] : step.book) {
    const Result<Book> got = target.book(symbol);
    if (!got.ok()) return got.error();
    if (MaybeMismatch mismatch = differ("book " + symbol, expected, got.value())) return mismatch;
  }
  for (const QueueExpectation& queue : step.queue) {
    const Result<std::vector<std::int64_t>> got = target.queue(queue.sym, queue.side, queue.px);
    if (!got.ok()) return got.error();
    const std::string what = "queue " + queue.sym + " " + name_of(queue.side) + " " + std::to_string(queue.px);
    if (MaybeMismatch mismatch = differ(what, queue.ids, got.value())) return mismatch;
  }
  for (const auto& [account, by_symbol] : step.pos) {
    for (const auto& [symbol, expected] : by_symbol) {
      const Result<std::int64_t> got = target.position(account, symbol);
      if (!got.ok()) return got.error();
      if (expected == got.value()) continue;
      return MaybeMismatch{{"pos " + account + " " + symbol, std::to_string(expected), std::to_string(got.value())}};
    }
  }
  if (!step.stops) return MaybeMismatch{};
  Result<std::vector<std::int64_t>> got = target.stops();
  if (!got.ok()) return got.error();
  std::vector<std::int64_t> expected = *step.stops;
  std::sort(expected.begin(), expected.end());
  std::sort(got.value().begin(), got.value().end());
  return differ("stops", expected, got.value());
}

}  // namespace sluice::scenario
