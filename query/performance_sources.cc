#include "query/performance_sources.h"

#include <atomic>
#include <deque>

#include "performance/performance_service.h"
#include "runtime/channel.h"
#include "runtime/clock.h"

namespace sluice::query {

namespace {

constexpr Nanos kWait{kNanosPerSecond};

/// One call's questions to the others; the last answer ends the call.
struct Round {
  struct Question {
    grpc::ClientContext context;
    v1::GetPerformanceRequest request;
    v1::GetPerformanceResponse response;
    grpc::Status status;
  };
  std::deque<Question> questions;
  std::vector<std::string> addresses;
  std::atomic<std::size_t> open{0};
  v1::ListPerformanceResponse* response = nullptr;
  grpc::ServerUnaryReactor* reactor = nullptr;

  void answered() {
    if (open.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
    for (std::size_t i = 0; i < questions.size(); ++i) {
      Question& question = questions[i];
      if (question.status.ok()) {
        response->add_processes()->Swap(&question.response);
      } else {
        v1::UnreachedProcess& unreached = *response->add_unreached();
        unreached.set_address(addresses[i]);
        unreached.set_error(question.status.error_message());
      }
    }
    reactor->Finish(grpc::Status::OK);
  }
};

}  // namespace

PerformanceSources::PerformanceSources(const telemetry::Telemetry& own, const std::vector<std::string>& addresses)
    : own_(own) {
  for (const std::string& address : addresses) {
    sources_.push_back({address, v1::PerformanceService::NewStub(runtime::open_channel(address))});
  }
}

grpc::ServerUnaryReactor* PerformanceSources::list(grpc::CallbackServerContext& context,
                                                   v1::ListPerformanceResponse& response) {
  performance::write(own_, runtime::wall_now(), *response.add_processes());
  const auto round = std::make_shared<Round>();
  round->reactor = context.DefaultReactor();
  round->response = &response;
  round->open.store(sources_.size() + 1, std::memory_order_relaxed);
  for (const Source& source : sources_) {
    Round::Question& question = round->questions.emplace_back();
    round->addresses.push_back(source.address);
    question.context.set_deadline(runtime::deadline_after(kWait));
  }
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    Round::Question& question = round->questions[i];
    sources_[i].stub->async()->GetPerformance(&question.context, &question.request, &question.response,
                                              [round, &question](grpc::Status status) {
                                                question.status = std::move(status);
                                                round->answered();
                                              });
  }
  grpc::ServerUnaryReactor* reactor = round->reactor;
  round->answered();
  return reactor;
}

}  // namespace sluice::query
