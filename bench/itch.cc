// bench itch: decoding an ITCH 5.0 session, and rebuilding the order-level books of its stocks. Started by
// scripts/bench.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstring>
#include <string>

#include "bench/report.h"
#include "bench/ticks.h"
#include "marketdata/itch_books.h"
#include "marketdata/itch_generator.h"

namespace sluice::bench {

namespace {

using marketdata::ItchBooks;
using marketdata::ItchGenerator;

struct ItchOptions {
  bool json = false;
  std::string commit = "unknown";
  bool full = false;
  int rounds = 5;
  std::uint64_t messages = 0;  // of the mix; 0: by default
};

constexpr std::uint16_t kStocks = 5'000;

struct Session {
  std::vector<std::byte> bytes;
  std::uint64_t messages = 0;
  std::uint32_t live = 0;
};

Session make_session(std::uint64_t messages) {
  Session session;
  ItchGenerator generator({.seed = 3, .stocks = kStocks});
  generator.open(session.bytes);
  for (std::uint64_t i = 0; i < messages; ++i) generator.next(session.bytes);
  generator.close(session.bytes);
  session.live = generator.live();
  for (const char type : marketdata::itch::kTypes) session.messages += generator.count_of(type);
  return session;
}

/// Looks into every message, as whoever decodes one for a reason would: order, shares and price of those that have
/// them.
struct Looker {
  std::uint64_t sum = 0;
  template <typename Message>
  void operator()(const Message& message) {
    sum += message.header.timestamp.value();
    if constexpr (requires { message.order; }) sum += message.order.value();
    if constexpr (requires { message.shares; }) sum += message.shares.value();
    if constexpr (requires { message.price; }) sum += static_cast<std::uint64_t>(message.price.value());
  }
};

/// Every word once: no decoder can be faster than reading.
std::uint64_t read_all(std::span<const std::byte> bytes) {
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    sum += word;
  }
  return sum;
}

template <typename Work>
double rate_of(const Session& session, Work&& work) {
  const std::uint64_t begin = ticks();
  work();
  return static_cast<double>(session.messages) * 1e9 / static_cast<double>(nanos_of(ticks() - begin));
}

int run(const ItchOptions& options) {
  Report report("itch", options.json, options.commit);
  say("making a session");
  const Session session = make_session(options.messages != 0 ? options.messages
                                       : options.full        ? 20'000'000
                                                             : 5'000'000);
  Rounds reads, parses, books;
  bool right = true;
  volatile std::uint64_t kept = 0;
  for (int round = 1; round <= options.rounds; ++round) {
    say("round " + std::to_string(round) + " of " + std::to_string(options.rounds));
    reads.push_back(rate_of(session, [&] { kept = read_all(session.bytes); }));
    parses.push_back(rate_of(session, [&] {
      Looker looker;
      const auto decoded = marketdata::itch::decode(session.bytes, looker);
      kept = looker.sum;
      right = right && decoded.messages == session.messages && decoded.ended;
    }));
    ItchBooks rebuilt(kStocks + 1u, session.live * 4);
    books.push_back(rate_of(session, [&] { (void)rebuilt.apply(session.bytes); }));
    right = right && rebuilt.books().live() == session.live;
    for (std::size_t fault = 1; fault < marketdata::kBookFaults; ++fault)
      right = right && rebuilt.count_of(static_cast<marketdata::BookFault>(fault)) == 0;
  }
  const std::string workload = std::to_string(session.messages) + " messages in the published mix, " +
                               std::to_string(kStocks) + " stocks, " + std::to_string(session.bytes.size()) + " bytes";
  const std::uint64_t samples = session.messages * static_cast<std::uint64_t>(options.rounds);
  report.add(median_rate(reads, "floor.read", "messages/s", workload + "; each word read once", samples));
  report.add(median_rate(parses, "parse.messages_per_s", "messages/s",
                         workload + "; every message decoded and looked into", samples, "reading alone", reads));
  report.add(median_rate(books, "books.messages_per_s", "messages/s",
                         workload + "; decoded, and the order-level books of all stocks kept", samples,
                         "decoding alone", parses));
  say(std::to_string(session.live) + " orders live at the end; " + (right ? "as the generator says" : "DIFFERS"));
  report.print_disturbances();
  return right ? 0 : 1;
}

}  // namespace

}  // namespace sluice::bench

int main(int argc, char** argv) {
  sluice::bench::ItchOptions options;
  std::string output = "text";
  CLI::App app("Decoding ITCH and rebuilding its books");
  app.add_option("--output", output, "text or json")->check(CLI::IsMember({"text", "json"}));
  app.add_option("--commit", options.commit, "what was built");
  app.add_flag("--full", options.full, "20 M messages, not 5 M");
  app.add_option("--rounds", options.rounds, "how often each is measured")->check(CLI::Range(2, 100));
  app.add_option("--messages", options.messages, "messages of the session; 0: by default");
  CLI11_PARSE(app, argc, argv);
  options.json = output == "json";
  return sluice::bench::run(options);
}
