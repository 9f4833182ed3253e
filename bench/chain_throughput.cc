// Executed commands a second at growing batch sizes, beside a bare gRPC stream.
#include "bench/chain_rig.h"

namespace sluice::bench {

void throughput(Report& report, const ChainOptions& options, Chain& chain, const std::string& bare,
                const std::vector<std::uint32_t>& batches) {
  for (const std::uint32_t batch : batches) {
    say(std::string(chain.label()) + ", commands a second, " + std::to_string(batch) + " a message");
    Rounds floor, executed;
    std::uint64_t commands = 0;
    for (int round = 0; round < options.rounds; ++round) {
      const auto answered = [&](const std::string& address, v1::WaitLevel level, Nanos slice) {
        const auto result = chain.run(address, {.level = level, .batch = batch, .duration = slice});
        const double seconds = static_cast<double>(result.tally.last_answered.value()) / 1e9;
        return std::pair{result.tally.answered(), static_cast<double>(result.tally.answered()) / seconds};
      };
      floor.push_back(answered(bare, v1::WAIT_LEVEL_LOGGED, Nanos{options.slice.value() / 2}).second);
      const auto [count, rate] = answered(chain.command(), v1::WAIT_LEVEL_EXECUTED, options.slice);
      executed.push_back(rate);
      commands += count;
    }
    report.add(median_rate(executed, std::string(chain.label()) + ".executed.batch" + std::to_string(batch),
                           "commands/s", chain.workload("closed loop, 16 messages in flight, one stream"), commands,
                           "bare gRPC stream", floor));
  }
}

}  // namespace sluice::bench
