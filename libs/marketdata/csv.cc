#include "marketdata/csv.h"

#include <charconv>

#include "base/invariant.h"

namespace sluice::marketdata {

namespace {

constexpr std::size_t kDecimalsMax = 9;
/// Leaves room for the decimals behind the largest whole part.
constexpr std::int64_t kDecimalMax = 0x7fffffffffffffff - kNanosPerSecond;

Error no_number(std::string_view text, std::string_view what) {
  return {ErrorCode::kInvalidArgument,
          std::string(what) + " '" + std::string(text) + "' is not a number of the format"};
}

void split(std::string_view line, std::vector<std::string_view>& fields) {
  fields.clear();
  while (true) {
    const std::size_t comma = line.find(',');
    fields.push_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return;
    line.remove_prefix(comma + 1);
  }
}

}  // namespace

Status for_each_row(std::string_view text,
                    const std::function<Status(const std::vector<std::string_view>& fields)>& take) {
  std::vector<std::string_view> fields;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    split(line, fields);
    const Status taken = take(fields);
    if (!taken.ok()) return Error{taken.error().code, "line " + std::to_string(number) + ": " + taken.error().message};
  }
  return ok_status();
}

Result<std::int64_t> parse_integer(std::string_view text, std::string_view what) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return no_number(text, what);
  return value;
}

Result<std::int64_t> parse_decimal(std::string_view text, std::size_t decimals, std::string_view what) {
  INVARIANT(decimals <= kDecimalsMax);
  const std::size_t dot = text.find('.');
  const auto whole = parse_integer(text.substr(0, dot), what);
  std::int64_t scale = 1;
  for (std::size_t i = 0; i < decimals; ++i) scale *= 10;
  if (!whole.ok() || text.starts_with('-') || whole.value() > kDecimalMax / scale) return no_number(text, what);
  std::int64_t fraction = 0;
  if (dot != std::string_view::npos) {
    const std::string_view digits = text.substr(dot + 1);
    if (digits.empty() || digits.size() > decimals) return no_number(text, what);
    for (std::size_t i = 0; i < decimals; ++i) {
      const char digit = i < digits.size() ? digits[i] : '0';
      if (digit < '0' || digit > '9') return no_number(text, what);
      fraction = fraction * 10 + (digit - '0');
    }
  }
  return whole.value() * scale + fraction;
}

Result<Nanos> parse_seconds(std::string_view text, std::string_view what) {
  const auto nanos = parse_decimal(text, kDecimalsMax, what);
  if (!nanos.ok()) return nanos.error();
  return Nanos{nanos.value()};
}

}  // namespace sluice::marketdata
