// KillWorld: two engines of one shard, a log, and clients, in one thread, a step at a time in any order: the real
// executing loop, publisher, event writer, recovery, latch, kill desk and emergency file, over a log in memory. What a
// crash leaves is the log and the files.
//
// After a history, check() reads the whole EVT and compares it with what the world promised:
//   P1  nothing is accepted, replaced, triggered or traded in an engaged scope until its release
//   P2  once a kill is latched at an owner, no later command in its scope takes effect before the kill does
//   P4  the same for every later life of an engine that has answered a latch, and for kills of the CMD that a new owner
//       finds unread
//   and a release lifts the newest kill of its scope, asked for and approved by two people.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "engine/answer_publisher.h"
#include "engine/engine_loop.h"
#include "engine/kill_desk.h"
#include "engine/recovery.h"
#include "eventlog/memory_log.h"
#include "support/cmd_feed.h"

namespace sluice::test {

/// What lives and dies with a process.
struct EngineLife;

class KillWorld {
 public:
  /// `folder` is for the emergency files; it should be on a disk in memory. `black_box` is not looked at.
  KillWorld(std::uint64_t seed, const std::filesystem::path& folder, audit::BlackBox& black_box);
  ~KillWorld();

  /// `steps` random ones, then both engines to the end of the log. What is wrong with the outcome, or nothing.
  std::optional<std::string> run(int steps);
  /// The steps that were taken, for a message.
  const std::string& story() const { return story_; }
  /// What happened in all histories of this process: a history without takeovers proves nothing about them.
  struct Counts {
    std::uint64_t histories = 0, steps = 0, orders = 0, kills = 0, latches = 0, crashes = 0, takeovers = 0,
                  releases = 0, depositions = 0, trades = 0;
  };
  static Counts& counts();

 private:
  static constexpr std::size_t kNodes = 2;
  /// Binds the answers of `life` of `node` to CMD messages behind `executed`, and all of its later lives.
  struct Promise {
    EngageKillSwitch kill;
    std::uint64_t executed = 0;
    std::size_t node = 0;
    std::size_t life = 0;
  };
  class Checker;

  void step();
  void log_orders();
  void log_kill();
  void log_release();
  void latch(std::size_t node, bool dies);
  void start(std::size_t node);
  void catch_up(std::size_t node);
  void take(std::size_t node);
  void execute(std::size_t node);
  void publish(std::size_t node);
  void crash(std::size_t node);
  void finish();
  std::optional<std::string> check();
  bool is_owner(std::size_t node) const;
  EngageKillSwitch new_kill();
  std::size_t any(std::size_t count) { return static_cast<std::size_t>(random_() % count); }
  void tell(const std::string& what) { story_ += what + '\n'; }

  std::mt19937_64 random_;
  std::filesystem::path folder_;
  audit::BlackBox& black_box_;
  eventlog::MemoryLog log_;
  CmdFeed feed_;
  std::array<std::unique_ptr<EngineLife>, kNodes> nodes_;
  std::array<std::size_t, kNodes> lives_{};
  std::map<OwnerId, std::pair<std::size_t, std::size_t>> owners_;  // node and life
  std::vector<EngageKillSwitch> kills_;                            // asked for, by either path
  std::vector<std::pair<Uuid, KillId>> requests_;                  // releases
  std::vector<Promise> promises_;
  std::size_t last_ = 0;  // the node that went to the end
  std::uint64_t orders_ = 0;
  std::string story_;
};

}  // namespace sluice::test
