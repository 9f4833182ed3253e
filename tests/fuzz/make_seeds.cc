// Writes the small inputs from which fuzzing begins into a folder for each target of records that a text editor cannot
// write. Run once by hand when a layout changes: build/<preset>/bin/make_seeds tests/fuzz/corpus
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "audit/audit_entry.h"
#include "audit/crc32c.h"
#include "audit/segment_files.h"
#include "eventlog/snapshot_codec.h"
#include "marketdata/dbn.h"
#include "marketdata/itch_generator.h"
#include "tests/fuzz/log_targets.h"
#include "tests/property/generator.h"
#include "tests/property/history_run.h"

namespace {

using namespace sluice;

class Seeds {
 public:
  explicit Seeds(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void write(const std::string& target, const std::string& name, std::span<const std::byte> bytes) const {
    std::filesystem::create_directories(folder_ / target);
    std::ofstream file(folder_ / target / name, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  /// Behind a byte that chooses.
  void write(const std::string& target, const std::string& name, std::uint8_t choice,
             std::vector<std::byte> bytes) const {
    bytes.insert(bytes.begin(), std::byte{choice});
    write(target, name, bytes);
  }

 private:
  std::filesystem::path folder_;
};

void write_log(const Seeds& seeds) {
  const Genesis genesis = fuzz::genesis();
  const eventlog::FrameAddress address{WriterId{1}, 0, 1};
  const property::History history = property::make_history(5, {}, 40);
  std::vector<OrderCommand> orders;
  for (const property::Step& step : history.steps) {
    if (step.kind != property::StepKind::kOrder || orders.size() == 4) continue;
    orders.push_back(step.order);
    orders.back().command_id = make_uuid7(1'700'000'000'000, 0, orders.size());
  }
  seeds.write("cmd_frame", "orders", 0, eventlog::encode_frame(genesis, address, orders, {}));
  const auto control = [&](const char* name, std::uint8_t choice, const ControlCommandBody& body) {
    const ControlCommand command{make_uuid7(1'700'000'000'000, 0, 9), *Principal::from("p"), body};
    seeds.write("cmd_frame", name, choice, eventlog::encode_frame(genesis, address, {}, std::span(&command, 1)));
  };
  control("account", 1, RegisterAccount{*Name::from("A")});
  DefineInstrument instrument;
  instrument.symbol = *Name::from("X");
  control("instrument", 1, instrument);
  SetLimits limits;
  limits.account = *Name::from("A");
  limits.changes[0] = {LimitAction::kSet, 5};
  control("limits", 1, limits);
  EngageKillSwitch kill;
  kill.kill_id = Uuid{1, 2};
  control("kill", 2, kill);
  control("tick", 2, Tick{});
  seeds.write("cmd_frame", "genesis", 2, eventlog::encode_genesis_frame(genesis));
  const eventlog::EmergencyKill latched{kill, *Principal::from("p")};
  seeds.write("emergency", "one", eventlog::encode_emergency(std::span(&latched, 1)));
  seeds.write("emergency", "none", eventlog::encode_emergency({}));
}

void write_history(const Seeds& seeds) {
  const property::History history = property::make_history(6, {.joins = 60}, 25);
  property::HistoryRun run(history.world, {.keep_log = true});
  for (const property::Step& step : history.steps) run.play(step);
  run.finish();
  Sha256 chain{};
  int number = 0;
  for (const Answer& answer : run.log()) {
    for (const auto& body : eventlog::encode_bodies(answer)) {
      const Sha256 previous = chain;
      const auto sealed = eventlog::seal(Epoch{1}, OwnerId{9}, previous, body, chain);
      if (++number % 7 == 0) seeds.write("evt_message", "answer" + std::to_string(number), sealed);
      if (number == 20) seeds.write("evt_message", "body", body);
    }
  }
  eventlog::Snapshot snapshot;
  snapshot.image = run.engine().image();
  snapshot.image.keys.resize(std::min<std::size_t>(snapshot.image.keys.size(), 3));
  snapshot.state_hash = run.engine().state_hash();
  seeds.write("snapshot", "small", eventlog::encode_snapshot(snapshot));
  snapshot.image = StateImage{};
  snapshot.image.cmd_sequence = CmdSequence{1};
  seeds.write("snapshot", "empty", eventlog::encode_snapshot(snapshot));
  property::SeededChance chance(3);
  for (std::uint8_t mix = 0; mix < 4; ++mix) {
    std::vector<std::byte> bytes(600);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(chance.below(256));
    seeds.write("core", "mix" + std::to_string(mix), mix, bytes);
  }
}

void write_market_data(const Seeds& seeds) {
  marketdata::ItchGenerator generator({.stocks = 2, .standing = 4});
  std::vector<std::byte> bytes;
  generator.open(bytes);
  for (int i = 0; i < 12; ++i) generator.next(bytes);
  generator.close(bytes);
  seeds.write("itch", "session", bytes);
  seeds.write("itch", "cut", std::span(bytes).first(bytes.size() / 2));
  bytes.resize(32);
  std::memcpy(bytes.data(), "DBN\x01\x18\0\0\0TEST.SET\0\0\0\0\0\0\0\0........", 32);
  for (const auto action : {marketdata::dbn::Action::kAdd, marketdata::dbn::Action::kModify,
                            marketdata::dbn::Action::kTrade, marketdata::dbn::Action::kCancel}) {
    marketdata::dbn::MboRecord record;
    record.length = sizeof record / 4;
    record.type = marketdata::dbn::kMboType;
    record.instrument = 7;
    record.order = 1;
    record.price = 100;
    record.size = 5;
    record.action = action;
    record.side = 'B';
    const auto one = std::as_bytes(std::span(&record, 1));
    bytes.insert(bytes.end(), one.begin(), one.end());
  }
  seeds.write("dbn", "four", bytes);
  seeds.write("dbn", "cut", std::span(bytes).first(60));
}

/// A segment of a kill with its texts, an order, and anchors that the target puts right.
void write_audit(const Seeds& seeds) {
  audit::AuditRecord kill;
  kill.action = audit::Action::kKillEngaged;
  kill.data = {1, 2, 0x020102, 7};
  audit::AuditEntry entry(kill);
  entry.add(audit::Field::kPrincipal, "alice").add(audit::Field::kReason, std::string(40, 'r'));
  audit::AuditRecord order;
  order.sequence = 9;
  order.actor = 3;
  order.data = {1, 2, 3, 19};
  order.kind = audit::Kind::kRejected;
  audit::AuditRecord anchor;
  anchor.action = audit::Action::kAnchor;
  std::vector<audit::AuditRecord> records{audit::segment_record(1, {}, {}, Nanos{1})};
  records.insert(records.end(), entry.records().begin(), entry.records().end());
  records.insert(records.end(), {anchor, order, order, anchor});
  for (audit::AuditRecord& record : records) record = audit::summed(record);
  const auto bytes = std::as_bytes(std::span(records));
  for (const std::uint8_t choice : std::initializer_list<std::uint8_t>{0, 2, 5})
    seeds.write("audit", "segment" + std::to_string(choice), choice, {bytes.begin(), bytes.end()});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fputs("Usage: make_seeds FOLDER\n", stderr), 2;
  const Seeds seeds(argv[1]);
  write_log(seeds);
  write_history(seeds);
  write_market_data(seeds);
  write_audit(seeds);
}
