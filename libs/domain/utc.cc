#include "domain/utc.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace sluice {

std::string utc_text(Nanos time) {
  std::time_t seconds = time.value() / kNanosPerSecond;
  std::int64_t rest = time.value() % kNanosPerSecond;
  if (rest < 0) {
    rest += kNanosPerSecond;
    --seconds;
  }
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 48> whole{};
  std::snprintf(whole.data(), whole.size(), "%s.%09lldZ", text.data(), static_cast<long long>(rest));
  return whole.data();
}

}  // namespace sluice
