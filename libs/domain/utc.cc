#include "domain/utc.h"

#include <array>
#include <cctype>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <limits>

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

std::optional<Nanos> parse_utc(std::string_view text) {
  constexpr std::int64_t kSecondsMax = std::numeric_limits<std::int64_t>::max() / kNanosPerSecond - 1;
  const std::string copy(text);
  std::tm parts{};
  const char* rest = ::strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  std::int64_t fraction = 0;
  if (*rest == '.') {
    std::int64_t unit = kNanosPerSecond / 10;
    for (++rest; std::isdigit(static_cast<unsigned char>(*rest)) != 0; ++rest, unit /= 10)
      fraction += (*rest - '0') * unit;
  }
  const std::int64_t seconds = ::timegm(&parts);
  if (std::strcmp(rest, "Z") != 0 || seconds > kSecondsMax || seconds < -kSecondsMax) return std::nullopt;
  return Nanos{seconds * kNanosPerSecond + fraction};
}

}  // namespace sluice
