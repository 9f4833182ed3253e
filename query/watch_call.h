// WatchCall: one Watch stream. For each shard it has a position: everything up to it was sent or did not match. It
// takes the next answer from the hub, or from history if the hub does not reach back that far; positions only grow, so
// nothing is missing or repeated. One write is in flight at most; a slow client only slows itself. Threads: any; kept
// alive by gRPC until the call is done.
#pragma once

#include <grpcpp/grpcpp.h>
#include <sluice/v1/query.pb.h>

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "projections/reference_cache.h"
#include "protomap/event_proto.h"
#include "query/catch_up.h"
#include "query/watch_hub.h"

namespace sluice::query {

/// Which events a watcher wants; empty: all.
struct WatchFilter {
  Name account;
  Name symbol;
};

struct WatchSources {
  WatchHub& hub;
  CatchUpPool& history;
  const projections::ReferenceCache& names;
};

class WatchCall final : public grpc::ServerWriteReactor<v1::WatchResponse>,
                        public WatchListener,
                        public std::enable_shared_from_this<WatchCall> {
 public:
  /// `positions`: by shard, what the client has seen.
  static grpc::ServerWriteReactor<v1::WatchResponse>* start(const WatchSources& sources, WatchFilter filter,
                                                            std::vector<EvtSequence> positions);

  void on_news() override { pump(); }
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  struct Shard {
    EvtSequence position;
    std::size_t skipped = 0;  // answers without a match since the last write
    std::shared_ptr<CatchUp> history;
  };
  WatchCall(const WatchSources& sources, WatchFilter filter, std::vector<EvtSequence> positions);

  void pump();
  std::optional<grpc::Status> advance();
  std::optional<grpc::Status> take(ShardId id, Shard& shard, SharedAnswer& answer);
  void fill_response(ShardId id, const FoldedAnswer& answer);
  protomap::EventFilter filter_for(ShardId id) const;

  const WatchSources sources_;
  const WatchFilter filter_;
  std::shared_ptr<WatchCall> self_;  // until OnDone

  std::mutex mutex_;
  std::vector<Shard> shards_;
  std::size_t turn_ = 0;  // the shard that is asked first
  v1::WatchResponse response_;
  bool ready_ = false;  // response_ waits to be written
  bool writing_ = false;
  bool cancelled_ = false;
  bool finished_ = false;
};

}  // namespace sluice::query
