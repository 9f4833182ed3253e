// ListAudit: pages through the audit files of all processes that share a disk with this one.
#include <algorithm>
#include <charconv>
#include <limits>

#include "audit/audit_names.h"
#include "audit/audit_reader.h"
#include "audit/audit_words.h"
#include "base/hash.h"
#include "query/proto_mapping.h"
#include "query/queries.h"
#include "query/query_support.h"
#include "runtime/status_mapping.h"

namespace sluice::query {

namespace {

using audit::AuditLine;
using audit::AuditReader;
using audit::AuditRecord;

/// Where a page begins: at a record of a source.
struct AuditPlace {
  std::string source;
  AuditReader::Place at;
};

struct Source {
  std::string name;
  std::filesystem::path folder;
};

/// The process is what the folder above is named after; `audit` itself may stand in the directory.
std::vector<Source> sources_in(const std::filesystem::path& directory) {
  std::vector<Source> sources;
  for (const auto& folder : audit::audit_folders(directory))
    sources.push_back({folder.parent_path().filename().string(), folder});
  std::sort(sources.begin(), sources.end(), [](const Source& a, const Source& b) { return a.name < b.name; });
  return sources;
}

std::uint64_t filters_hash(const v1::ListAuditRequest& request) {
  v1::ListAuditRequest filters = request;
  filters.clear_token();
  filters.clear_page_size();
  filters.clear_page_token();
  const std::string bytes = filters.SerializeAsString();
  return hash_bytes(std::as_bytes(std::span(bytes)), 0).lo;
}

/// `SEGMENT.RECORD.FILTERS.SOURCE`; as page_token.h has it, tied to its filters and not a secret.
std::string token_of(const AuditPlace& place, std::uint64_t filters) {
  return std::to_string(place.at.segment) + '.' + std::to_string(place.at.record) + '.' + std::to_string(filters) +
         '.' + place.source;
}

std::optional<AuditPlace> place_of(std::string_view token, std::uint64_t filters) {
  AuditPlace place;
  if (token.empty()) return place;
  std::array<std::uint64_t, 3> numbers{};
  for (std::uint64_t& number : numbers) {
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), number);
    if (error != std::errc{} || end == token.data() + token.size() || *end != '.') return std::nullopt;
    token.remove_prefix(static_cast<std::size_t>(end - token.data()) + 1);
  }
  place.at = {numbers[0], numbers[1]};
  place.source = token;
  if (numbers[2] != filters) return std::nullopt;
  return place;
}

grpc::Status parse_filter(const v1::ListAuditRequest& request, audit::AuditFilter& filter) {
  for (const std::string& name : request.actions()) {
    const auto action = audit::parse_action(name);
    if (!action) return runtime::invalid_argument({{"actions", "'" + name + "' is none; docs/audit.md names them"}});
    filter.actions.push_back(*action);
  }
  if (!request.kind().empty()) {
    filter.kind = audit::parse_kind(request.kind());
    if (!filter.kind) return runtime::invalid_argument({{"kind", "must be done, rejected, repeated, began or ended"}});
  }
  if (request.from_unix_nanos() != 0) filter.from = Nanos{request.from_unix_nanos()};
  if (request.until_unix_nanos() != 0) filter.until = Nanos{request.until_unix_nanos()};
  if (filter.from && filter.until && *filter.until <= *filter.from)
    return runtime::invalid_argument({{"until_unix_nanos", "must be after from_unix_nanos"}});
  if (request.command_sequence() != 0) filter.sequence = request.command_sequence();
  filter.principal = request.principal();
  filter.key = request.key();
  return grpc::Status::OK;
}

/// One request's way through the sources.
class AuditPage {
 public:
  AuditPage(const QueryContext& context, const v1::ListAuditRequest& request, v1::ListAuditResponse& response)
      : context_(context), request_(request), response_(response), filters_(filters_hash(request)) {}

  grpc::Status begin() {
    if (request_.page_size() < 0 || request_.page_size() > kPageSizeMax)
      return runtime::invalid_argument({{"page_size", "must be 0 (100) or 1..1000"}});
    page_size_ = request_.page_size() == 0 ? kPageSizeDefault : request_.page_size();
    const auto place = place_of(request_.page_token(), filters_);
    if (!place) return runtime::invalid_argument({{"page_token", "must be the next_page_token of the same request"}});
    from_ = *place;
    if (grpc::Status bad = parse_filter(request_, filter_); !bad.ok()) return bad;
    if (!request_.account().empty()) return resolve_account(context_, request_.account(), accounts_);
    return grpc::Status::OK;
  }

  grpc::Status run() {
    const std::vector<Source> sources = sources_in(context_.audit_dir);
    const bool known = request_.source().empty() || std::any_of(sources.begin(), sources.end(), [&](const Source& one) {
                         return one.name == request_.source();
                       });
    if (!known)
      return runtime::not_found("no audit of '" + request_.source() + "' is here; there are: " + names(sources));
    for (const Source& source : sources) {
      if (source.name < from_.source || (!request_.source().empty() && source.name != request_.source())) continue;
      if (const Status read = run(source); !read.ok()) return runtime::to_grpc_status(read.error());
      if (full_) return grpc::Status::OK;
    }
    return grpc::Status::OK;
  }

 private:
  static std::string names(const std::vector<Source>& sources) {
    std::string all;
    for (const Source& source : sources) all += (all.empty() ? "" : ", ") + source.name;
    return all.empty() ? "none" : all;
  }

  Status run(const Source& source) {
    auto reader = AuditReader::open(source.folder, source.name == from_.source ? from_.at : AuditReader::Place{});
    if (!reader.ok()) return reader.error();
    audit::LineJoiner joiner;
    const auto take = [&](const AuditLine& line) { offer(source, line); };
    while (!full_) {
      const auto records = reader.value().next();
      if (!records.ok() && records.error().code != ErrorCode::kCorrupt) return records.error();
      if (!records.ok()) {
        response_.add_damage(records.error().message);
        continue;
      }
      if (records.value().empty()) break;
      AuditReader::Place at = reader.value().place();
      for (const AuditRecord& record : records.value()) {
        joiner.add(record, take);
        if (full_) return ok_status();
        // A line's texts follow it, so it is complete, and counts, when the next one begins.
        if (record.kind != audit::Kind::kText) line_ = at;
        ++at.record;
        ++looked_at_;
      }
    }
    joiner.finish(take);
    return ok_status();
  }

  void offer(const Source& source, const AuditLine& line) {
    if (response_.entries_size() == page_size_ || looked_at_ >= kAuditRecordsLookedAtMax) {
      full_ = true;
      response_.set_next_page_token(token_of({source.name, line_}, filters_));
      return;
    }
    if (passes(line)) fill(source, line, *response_.add_entries());
  }

  bool passes(const AuditLine& line) const {
    if (!filter_.passes(line)) return false;
    if (accounts_.empty()) return true;
    const AuditRecord& record = line.record;
    return record.shard < accounts_.size() && record.actor != 0 && AccountId{record.actor} == accounts_[record.shard];
  }

  void fill(const Source& source, const AuditLine& line, v1::AuditEntry& to) const {
    const AuditRecord& record = line.record;
    to.set_source(source.name);
    to.set_shard(record.shard);
    to.set_time_unix_nanos(record.time.value());
    to.set_action(std::string(audit::name_of(record.action)));
    to.set_kind(std::string(audit::name_of(record.kind)));
    to.set_account_id(record.actor);
    if (record.actor != 0 && record.shard < context_.names.shards())
      to.set_account(std::string(ShardNames(context_.names, ShardId{record.shard}).account(AccountId{record.actor})));
    to.set_principal(line.principal);
    to.set_key(line.key);
    to.set_reason(line.reason);
    to.set_detail(line.detail);
    to.set_segment(line_.segment);
    to.set_record(line_.record);
    if (!audit::is_of_file(record)) {
      to.set_command_sequence(record.sequence);
      if (record.sequence != 0 && record.index != kNoCommand) to.set_command_index(record.index);
    }
    const auto details = audit::details_of(record);
    for (const auto& [name, value] : details.items())
      (*to.mutable_details())[name] = value.is_string() ? value.get<std::string>() : value.dump();
  }

  const QueryContext& context_;
  const v1::ListAuditRequest& request_;
  v1::ListAuditResponse& response_;
  const std::uint64_t filters_;
  audit::AuditFilter filter_;
  std::vector<AccountId> accounts_;  // by shard; empty: every account
  AuditPlace from_;
  AuditReader::Place line_;  // of the line that is being put together
  int page_size_ = 0;
  std::uint64_t looked_at_ = 0;
  bool full_ = false;
};

}  // namespace

grpc::Status list_audit(const QueryContext& context, const v1::ListAuditRequest& request,
                        v1::ListAuditResponse& response) {
  if (context.audit_dir.empty()) {
    return {grpc::StatusCode::FAILED_PRECONDITION,
            "this replica has no audits: start sluice-query with --audit-dir, or read them with `sluice audit query`"};
  }
  *response.mutable_seen() = seen_token(context.board);
  AuditPage page(context, request, response);
  if (grpc::Status bad = page.begin(); !bad.ok()) return bad;
  return page.run();
}

}  // namespace sluice::query
