#include "marketdata/itch.h"

#include <string>

namespace sluice::marketdata::itch {

namespace {

std::string quoted(char type) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  if (type > ' ' && type <= '~') return std::string("'") + type + "'";
  const auto byte = static_cast<unsigned char>(type);
  return std::string("0x") + kDigits[byte >> 4] + kDigits[byte & 15];
}

}  // namespace

Status status_of(const Decoded& decoded) {
  const std::string place = " at offset " + std::to_string(decoded.consumed);
  switch (decoded.fault) {
    case Fault::kNone: return ok_status();
    case Fault::kTruncated:
      if (decoded.length == 0) return Error{ErrorCode::kCorrupt, "ITCH: cut off within a length" + place};
      return Error{ErrorCode::kCorrupt, "ITCH: cut off within a message " +
                                            (decoded.type == 0 ? std::string() : quoted(decoded.type) + " ") + "of " +
                                            std::to_string(decoded.length) + " bytes" + place};
    case Fault::kWrongLength:
      return Error{ErrorCode::kCorrupt, "ITCH: a message " + quoted(decoded.type) + " of " +
                                            std::to_string(decoded.length) + " bytes, not " +
                                            std::to_string(size_of(decoded.type)) + "," + place};
    case Fault::kBytesAfterEnd: return Error{ErrorCode::kCorrupt, "ITCH: bytes after the end of the session" + place};
  }
  return ok_status();
}

}  // namespace sluice::marketdata::itch
