#include "cli/flow.h"

#include <chrono>
#include <mutex>
#include <thread>

#include "runtime/clock.h"
#include "runtime/doorbell.h"
#include "runtime/ids.h"

namespace sluice::cli {

namespace {

constexpr std::int64_t kMid = 10'000;
constexpr std::uint64_t kLiveMax = 2'000;  // orders remembered for cancels and replaces
constexpr Nanos kReconnect{50 * kNanosPerMilli};
constexpr int kStreamSeconds = 5;  // a stream without an answer for so long is given up and its commands are sent again

void pause(Nanos span) {
  runtime::Doorbell bell;
  bell.wait(bell.value(), span);
}

bool definite(const v1::StreamResult& result) { return result.error_code() == 0; }

}  // namespace

Flow::Flow(const std::shared_ptr<grpc::Channel>& channel, FlowOptions options)
    : stub_(v1::CommandService::NewStub(channel)),
      options_(std::move(options)),
      random_(options_.seed * 0x9E3779B97F4A7C15u + 1) {}

std::uint64_t Flow::chance(std::uint64_t bound) {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  return random_ % bound;
}

v1::Command Flow::next_command() {
  v1::Command command;
  command.mutable_options()->set_wait_level(options_.level);
  const std::uint64_t kind = chance(100);
  if (kind < 60 || live_.empty()) {
    v1::SubmitOrder& order = *command.mutable_submit();
    order.set_account(options_.accounts[chance(options_.accounts.size())]);
    order.set_symbol(options_.symbols[chance(options_.symbols.size())]);
    order.set_client_order_id("f" + std::to_string(options_.seed) + "-" + std::to_string(made_));
    const bool buys = chance(2) == 0;
    order.set_side(buys ? v1::SIDE_BUY : v1::SIDE_SELL);
    order.set_type(v1::ORDER_TYPE_LIMIT);
    order.set_time_in_force(chance(10) == 0 ? v1::TIME_IN_FORCE_IOC : v1::TIME_IN_FORCE_GTC);
    const auto away = static_cast<std::int64_t>(chance(30)) - 6;  // some cross
    order.set_price(buys ? kMid - away : kMid + away);
    order.set_quantity(static_cast<std::int64_t>(1 + chance(50)));
    const std::string id = order.client_order_id();
    keys_[id] = {order.account(), order.symbol()};
    if (live_.size() < kLiveMax) live_.push_back({id, id});
    else live_[chance(kLiveMax)] = {id, id};
    return command;
  }
  const std::uint64_t at = chance(live_.size());
  const std::string id = live_[at].first;
  const auto& [account, symbol] = keys_.at(id);
  if (kind < 85) {
    command.mutable_cancel()->set_account(account);
    command.mutable_cancel()->set_symbol(symbol);
    command.mutable_cancel()->set_client_order_id(id);
    live_[at] = live_.back();
    live_.pop_back();
  } else {
    command.mutable_replace()->set_account(account);
    command.mutable_replace()->set_symbol(symbol);
    command.mutable_replace()->set_client_order_id(id);
    command.mutable_replace()->set_quantity(static_cast<std::int64_t>(1 + chance(60)));
  }
  return command;
}

std::string Flow::new_command() {
  v1::Command command = next_command();
  ++made_;
  const std::string id = to_string(runtime::new_command_id());
  command.mutable_options()->set_command_id(id);
  journal_[id].command = std::move(command);
  return id;
}

void Flow::send_batch(grpc::ClientReaderWriter<v1::StreamCommandsRequest, v1::StreamCommandsResponse>& stream,
                      bool& broken) {
  Batch batch{++batches_, {}};
  v1::StreamCommandsRequest request;
  request.set_request_id(batch.id);
  while (batch.command_ids.size() < options_.batch) {
    std::string id;
    if (!unclear_.empty()) {
      id = unclear_.back();
      unclear_.pop_back();
      ++resent_;
    } else if (made_ < options_.commands && !stop_.load()) {
      id = new_command();
    } else {
      break;
    }
    JournalEntry& entry = journal_.at(id);
    ++entry.sent;
    *request.add_commands() = entry.command;
    batch.command_ids.push_back(id);
  }
  if (batch.command_ids.empty()) return;
  unanswered_.fetch_add(batch.command_ids.size());
  in_flight_[batch.id] = batch;
  broken = !stream.Write(request);
}

void Flow::take(const v1::StreamCommandsResponse& response) {
  const auto found = in_flight_.find(response.request_id());
  if (found == in_flight_.end()) return;
  for (std::size_t i = 0; i < found->second.command_ids.size(); ++i) {
    const std::string& id = found->second.command_ids[i];
    JournalEntry& entry = journal_.at(id);
    const auto& result = response.results(static_cast<int>(i));
    if (definite(result)) {
      entry.known = true;
      entry.result = result.result();
      answered_.fetch_add(1);
    } else {
      entry.last_error = result.error_message();
      unclear_.push_back(id);
    }
  }
  unanswered_.fetch_sub(found->second.command_ids.size());
  in_flight_.erase(found);
  if (on_progress_) on_progress_(answered_.load());
}

/// One stream, until everything has a result (true), or until it breaks (false): its commands are unclear then.
bool Flow::run_stream(std::int64_t give_up_at) {
  grpc::ClientContext context;
  const auto stream = stub_->StreamCommands(&context);
  std::mutex mutex;
  std::vector<v1::StreamCommandsResponse> arrived;
  bool ended = false;
  runtime::Doorbell bell;
  std::thread reader([&] {
    v1::StreamCommandsResponse response;
    while (stream->Read(&response)) {
      const std::lock_guard lock(mutex);
      arrived.push_back(std::move(response));
      bell.ring();
    }
    const std::lock_guard lock(mutex);
    ended = true;
    bell.ring();
  });
  bool broken = false;
  std::int64_t heard = runtime::steady_now().value();
  const auto done = [&] {
    return in_flight_.empty() && unclear_.empty() && (made_ >= options_.commands || stop_.load());
  };
  while (!broken && !done()) {
    const std::uint32_t seen = bell.value();
    std::vector<v1::StreamCommandsResponse> responses;
    {
      const std::lock_guard lock(mutex);
      responses.swap(arrived);
      broken = ended && responses.empty();
    }
    for (const auto& response : responses) take(response);
    const std::int64_t now = runtime::steady_now().value();
    if (!responses.empty() || in_flight_.empty()) heard = now;
    if (now - heard > kStreamSeconds * kNanosPerSecond || now > give_up_at) broken = true;
    const bool due = options_.rate == 0 ||
                     static_cast<std::int64_t>(made_) * kNanosPerSecond < (now - started_) * options_.rate ||
                     made_ >= options_.commands;
    const bool more = !unclear_.empty() || (made_ < options_.commands && !stop_.load());
    if (!broken && more && due && in_flight_.size() < options_.in_flight) send_batch(*stream, broken);
    else if (!broken) bell.wait(seen, Nanos{kNanosPerMilli});
  }
  if (broken) context.TryCancel();
  else stream->WritesDone();
  reader.join();
  const grpc::Status status = stream->Finish();
  for (const auto& [number, batch] : in_flight_) {
    for (const std::string& id : batch.command_ids) {
      journal_.at(id).last_error = status.error_message();
      unclear_.push_back(id);
    }
    unanswered_.fetch_sub(batch.command_ids.size());
  }
  in_flight_.clear();
  return !broken;
}

FlowTotals Flow::run(int give_up_seconds, const std::function<void(std::uint64_t)>& on_progress) {
  on_progress_ = on_progress;
  started_ = runtime::steady_now().value();
  std::int64_t give_up_at = started_ + give_up_seconds * kNanosPerSecond;
  while (!run_stream(give_up_at) && runtime::steady_now().value() < give_up_at) pause(kReconnect);
  FlowTotals totals;
  totals.seconds = static_cast<double>(runtime::steady_now().value() - started_) / 1e9;
  totals.resent = resent_;
  for (const auto& [id, entry] : journal_) {
    ++totals.commands;
    if (!entry.known) ++totals.unknown;
    else if (entry.result.outcome() == v1::OUTCOME_CODE_REJECTED) {
      ++totals.rejected;
      if (entry.result.reason() == v1::REJECT_REASON_KILLED) ++totals.killed;
    } else {
      ++totals.executed;
    }
  }
  return totals;
}

Status register_names(const std::shared_ptr<grpc::Channel>& channel, const std::vector<std::string>& accounts,
                      const std::vector<std::string>& symbols) {
  const auto stub = v1::CommandService::NewStub(channel);
  const auto deadline = [] { return runtime::deadline_after(Nanos{10 * kNanosPerSecond}); };
  for (const std::string& account : accounts) {
    grpc::ClientContext context;
    context.set_deadline(deadline());
    v1::RegisterAccountRequest request;
    request.mutable_options()->set_command_id(to_string(runtime::new_command_id()));
    request.set_account(account);
    v1::RegisterAccountResponse response;
    if (const auto status = stub->RegisterAccount(&context, request, &response); !status.ok())
      return Error{ErrorCode::kUnavailable, status.error_message()};
  }
  for (const std::string& symbol : symbols) {
    grpc::ClientContext context;
    context.set_deadline(deadline());
    v1::DefineInstrumentRequest request;
    request.mutable_options()->set_command_id(to_string(runtime::new_command_id()));
    request.mutable_instrument()->set_symbol(symbol);
    v1::DefineInstrumentResponse response;
    if (const auto status = stub->DefineInstrument(&context, request, &response); !status.ok())
      return Error{ErrorCode::kUnavailable, status.error_message()};
  }
  return ok_status();
}

}  // namespace sluice::cli
