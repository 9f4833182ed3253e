// ScenarioTarget: a platform that scenarios can be run against; one virtual for each thing the runner needs.
//
// A target keeps what the scenario's names mean in its world: scenario order id ↔ order id, account, symbol; it
// registers accounts, strategies and symbols when an operation first names them. Every method may fail with the world's
// error: the scenario then counts as failed. Called from one thread.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/scenario/scenario.h"

namespace sluice::scenario {

struct StepResult {
  /// In the order in which they happened. A refused new, cancel or replace is {e: rejected, id, reason}; a refused
  /// kill, release or risk, which no scenario expects, is {e: rejected, id: 0, reason}.
  std::vector<Event> events;
  /// The platform answered `unsupported`: the scenario is beyond this version.
  bool unsupported = false;
};

class ScenarioTarget {
 public:
  virtual ~ScenarioTarget() = default;

  /// Forgets everything; the next step meets a fresh engine. `config` holds for all its instruments.
  virtual Status reset(const Config& config) = 0;
  /// Performs one operation under a fresh command id and returns when all its events are known.
  virtual Result<StepResult> step(const Op& op) = 0;

  /// All levels of a symbol, best first; an empty book if nobody named the symbol yet.
  virtual Result<Book> book(const std::string& sym) = 0;
  /// Scenario ids of the orders at one price, oldest first.
  virtual Result<std::vector<std::int64_t>> queue(const std::string& sym, Side side, std::int64_t px) = 0;
  /// Net traded; 0 if the account never traded the symbol.
  virtual Result<std::int64_t> position(const std::string& acct, const std::string& sym) = 0;
  /// Scenario ids of the waiting stop orders of all symbols, in any order.
  virtual Result<std::vector<std::int64_t>> stops() = 0;

  /// Goes on from a state rebuilt from all its events (mode rebuild).
  virtual Status rebuild() = 0;
  /// Goes on from a state that was saved and restored (mode snapshot).
  virtual Status snapshot() = 0;
  /// Ends the engine as it stands and goes on from what recovery finds (mode restart).
  virtual Status restart() = 0;
};

}  // namespace sluice::scenario
