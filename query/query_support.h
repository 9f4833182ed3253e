// What several queries share: names to ids, pages. Threads: any.
#pragma once

#include <grpcpp/support/status.h>

#include <functional>
#include <string>

#include "projections/read_view.h"
#include "query/page_token.h"
#include "query/query_context.h"

namespace sluice::query {

/// OK, or what went wrong while `view` was read.
grpc::Status status_of(const projections::ReadView& view);

/// A name of a request. INVALID_ARGUMENT for `field` if it is not one.
grpc::Status parse_name(const std::string& text, const char* field, Name& name);

/// The ids of an account, shard by shard; AccountId{} where it is not registered. NOT_FOUND if it is registered
/// nowhere.
grpc::Status resolve_account(const QueryContext& context, const std::string& text, std::vector<AccountId>& ids);

/// An instrument in its home shard. NOT_FOUND if that has not defined it.
struct HomeInstrument {
  ShardId shard;
  InstrumentId id;
};
grpc::Status resolve_symbol(const QueryContext& context, const std::string& text, HomeInstrument& instrument);

/// One page of a list that runs through the shards in order, and within each by ascending id.
class Pager {
 public:
  /// INVALID_ARGUMENT for a page size or token that cannot be. `filters`: see page_token.h.
  grpc::Status begin(int page_size, const std::string& page_token, std::string filters, std::uint16_t shards);

  ShardId shard() const { return place_.shard; }
  std::uint64_t after() const { return place_.after; }
  /// Offers the row `id` of the present shard; `take` is called if it matches. False: the page is done.
  bool offer(std::uint64_t id, bool matches, const std::function<void()>& take);
  /// Calls `list` for the present shard and those behind it, until the page is done.
  void run(const std::function<void()>& list);
  /// Empty at the end of the list.
  std::string next_page_token() const { return more_ ? encode_page_token(place_, filters_) : std::string(); }

 private:
  std::uint16_t shards_ = 0;
  int page_size_ = 0;
  int taken_ = 0;
  int looked_at_ = 0;
  bool more_ = false;
  PagePlace place_;
  std::string filters_;
};

}  // namespace sluice::query
