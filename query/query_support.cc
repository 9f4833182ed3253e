#include "query/query_support.h"

#include "query/queries.h"
#include "runtime/status_mapping.h"

namespace sluice::query {

grpc::Status status_of(const projections::ReadView& view) {
  const Status status = view.status();
  return status.ok() ? grpc::Status::OK : runtime::to_grpc_status(status.error());
}

grpc::Status parse_name(const std::string& text, const char* field, Name& name) {
  if (!is_valid_name(text))
    return runtime::invalid_argument({{field, "must be 1..32 of letters, digits and . _ : / -"}});
  name = *Name::from(text);
  return grpc::Status::OK;
}

grpc::Status resolve_account(const QueryContext& context, const std::string& text, std::vector<AccountId>& ids) {
  Name name;
  if (grpc::Status bad = parse_name(text, "account", name); !bad.ok()) return bad;
  bool found = false;
  for (std::uint16_t shard = 0; shard < context.names.shards(); ++shard) {
    ids.push_back(context.names.account(ShardId{shard}, name).value_or(AccountId{}));
    found = found || ids.back() != AccountId{};
  }
  return found ? grpc::Status::OK : runtime::not_found("account '" + text + "' is not registered");
}

grpc::Status resolve_symbol(const QueryContext& context, const std::string& text, HomeInstrument& instrument) {
  Name symbol;
  if (grpc::Status bad = parse_name(text, "symbol", symbol); !bad.ok()) return bad;
  const auto anywhere = context.names.instrument_anywhere(symbol);
  if (!anywhere) return runtime::not_found("instrument '" + text + "' is not defined");
  const bool known_shard = anywhere->home.value() < context.names.shards();
  const auto home = known_shard ? context.names.instrument(anywhere->home, symbol) : std::nullopt;
  if (!home) {
    return runtime::not_found("instrument '" + text + "' is not defined yet in its home shard " +
                              std::to_string(anywhere->home.value()));
  }
  instrument = {anywhere->home, home->id};
  return grpc::Status::OK;
}

grpc::Status Pager::begin(int page_size, const std::string& page_token, std::string filters, std::uint16_t shards) {
  if (page_size < 0 || page_size > kPageSizeMax)
    return runtime::invalid_argument({{"page_size", "must be 0 (100) or 1..1000"}});
  const std::optional<PagePlace> place = decode_page_token(page_token, filters);
  if (!place || place->shard.value() >= shards) {
    return runtime::invalid_argument({{"page_token", "must be the next_page_token of the same request"}});
  }
  page_size_ = page_size == 0 ? kPageSizeDefault : page_size;
  place_ = *place;
  filters_ = std::move(filters);
  shards_ = shards;
  return grpc::Status::OK;
}

bool Pager::offer(std::uint64_t id, bool matches, const std::function<void()>& take) {
  // One row beyond the page tells that there is a next one. A page of rare matches ends early and says where to go on.
  if (taken_ == page_size_ || looked_at_ == kRowsLookedAtMax) {
    more_ = true;
    return false;
  }
  ++looked_at_;
  place_.after = id;
  if (matches) {
    ++taken_;
    take();
  }
  return true;
}

void Pager::run(const std::function<void()>& list) {
  while (true) {
    list();
    if (more_ || place_.shard.value() + 1 >= shards_) return;
    place_ = {ShardId{static_cast<std::uint16_t>(place_.shard.value() + 1)}, 0};
  }
}

}  // namespace sluice::query
