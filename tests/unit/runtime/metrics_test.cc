#include "telemetry/metrics.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "telemetry/scrape.h"

namespace sluice::telemetry {
namespace {

/// GET /metrics from 127.0.0.1:`port`; the answer up to `last`, because the server lingers before it closes.
std::string scrape(int port, const std::string& last) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    const std::string request = "GET /metrics HTTP/1.0\r\n\r\n";
    EXPECT_EQ(write(fd, request.data(), request.size()), static_cast<ssize_t>(request.size()));
    std::array<char, 4096> buffer{};
    while (answer.find(last) == std::string::npos) {
      const ssize_t got = read(fd, buffer.data(), buffer.size());
      if (got <= 0) break;
      answer.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }
  close(fd);
  return answer;
}

TEST(Metrics, SameNameAndLabelsGiveTheSameMetric) {
  Registry registry;
  Counter& first = registry.counter("sluice_things_total", "Things.", {{"shard", "0"}});
  EXPECT_EQ(&first, &registry.counter("sluice_things_total", "Things.", {{"shard", "0"}}));
  EXPECT_NE(&first, &registry.counter("sluice_things_total", "Things.", {{"shard", "1"}}));
}

TEST(Metrics, CountsOfManyThreadsAddUp) {
  Registry registry;
  Counter& counter = registry.counter("sluice_things_total", "Things.");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&counter] {
      for (int j = 0; j < 1000; ++j) counter.add();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.value(), 4000u);
}

TEST(Metrics, ServesWhatWasRegistered) {
  const auto registry = std::make_shared<Registry>();
  registry->counter("sluice_things_total", "Things.", {{"shard", "3"}}).add(5);
  registry->gauge("sluice_depth", "Depth.").set(-2);
  registry->counter_function("sluice_others_total", "Others.", [] { return 7.0; });
  registry->gauge_function("sluice_age_seconds", "Age.", [] { return 1.5; });
  auto server = MetricsServer::start("127.0.0.1:0", registry);
  ASSERT_TRUE(server.ok()) << server.error().message;
  const std::string address = server.value()->address();
  const std::string answer = scrape(std::stoi(address.substr(address.rfind(':') + 1)), "sluice_age_seconds 1.5");
  EXPECT_NE(answer.find("sluice_things_total{shard=\"3\"} 5"), std::string::npos) << answer;
  EXPECT_NE(answer.find("# TYPE sluice_others_total counter"), std::string::npos);
  EXPECT_NE(answer.find("sluice_others_total 7"), std::string::npos);
  EXPECT_NE(answer.find("sluice_depth -2"), std::string::npos);
  EXPECT_NE(answer.find("sluice_age_seconds 1.5"), std::string::npos);
}

TEST(Metrics, AMeasurementThatFailsIsMissingAndTheOthersAreServed) {
  Registry registry;
  registry.gauge_function("sluice_broken", "Broken.", []() -> double { throw std::runtime_error("no"); });
  registry.histogram_function("sluice_torn_seconds", "Torn.", {1, 2},
                              []() -> telemetry::BucketTotals { throw std::runtime_error("no"); });
  registry.gauge_function("sluice_good", "Good.", [] { return 2.0; });
  const auto families = registry.Collect();
  ASSERT_EQ(families.size(), 3u);
  EXPECT_TRUE(families[0].metric.empty());
  EXPECT_TRUE(families[1].metric.empty());
  ASSERT_EQ(families[2].metric.size(), 1u);
  EXPECT_EQ(families[2].metric[0].gauge.value, 2);
}

TEST(Scrape, GivesTheSeriesOfAServiceAndNothingWhereNobodyServes) {
  const auto registry = std::make_shared<Registry>();
  registry->counter("sluice_things_total", "Things.", {{"shard", "3"}}).add(5);
  registry->gauge_function("sluice_age_seconds", "Age.", [] { return 1.5; });
  auto server = MetricsServer::start("127.0.0.1:0", registry);
  ASSERT_TRUE(server.ok()) << server.error().message;
  const std::string address = server.value()->address();
  EXPECT_EQ(telemetry::scrape(address), (Series{{"sluice_things_total{shard=\"3\"}", 5}, {"sluice_age_seconds", 1.5}}));
  server.value().reset();
  EXPECT_EQ(telemetry::scrape(address), Series{});
  EXPECT_EQ(telemetry::scrape("no address"), Series{});
}

TEST(MetricsDeathTest, ANameEndsInTotalIfAndOnlyIfItCounts) {
  Registry registry;
  EXPECT_DEATH(registry.counter("sluice_things", "Things."), "ends_with");
  EXPECT_DEATH(registry.gauge("sluice_depth_total", "Depth."), "ends_with");
}

TEST(MetricsDeathTest, AllMetricsOfANameHaveOneHelpText) {
  Registry registry;
  registry.gauge("sluice_depth", "Depth.", {{"shard", "0"}});
  EXPECT_DEATH(registry.gauge("sluice_depth", "Height.", {{"shard", "1"}}), "help");
}

TEST(Metrics, RefusesAPortThatIsTaken) {
  const auto registry = std::make_shared<Registry>();
  auto first = MetricsServer::start("127.0.0.1:0", registry);
  ASSERT_TRUE(first.ok());
  EXPECT_FALSE(MetricsServer::start(first.value()->address(), registry).ok());
}

}  // namespace
}  // namespace sluice::telemetry
