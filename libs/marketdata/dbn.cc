#include "marketdata/dbn.h"

#include <array>
#include <bit>
#include <cstring>
#include <fstream>
#include <string_view>

#include "marketdata/zstd.h"

namespace sluice::marketdata::dbn {

namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::size_t kPrefixBytes = 8;    // "DBN", version, length of the metadata
constexpr std::size_t kDatasetBytes = 16;  // the metadata begins with it
constexpr std::uint8_t kVersionMax = 3;
constexpr std::size_t kLengthUnit = 4;
constexpr std::size_t kRecordHeaderBytes = 16;
constexpr std::array kZstdMagic{std::byte{0x28}, std::byte{0xb5}, std::byte{0x2f}, std::byte{0xfd}};
constexpr std::uint32_t kOrdersAtFirst = 4'096;

Error corrupt(const std::string& what, std::size_t offset) {
  return {ErrorCode::kCorrupt, "DBN: " + what + " at offset " + std::to_string(offset)};
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Reads what stands before the records, and leaves in `bytes` the records alone.
Result<Contents> read_head(std::span<const std::byte>& bytes) {
  if (bytes.size() < kPrefixBytes) return corrupt("cut off within the prefix", bytes.size());
  if (text_of(bytes.first(3)) != "DBN") return corrupt("no 'DBN'", 0);
  Contents contents;
  contents.version = std::to_integer<std::uint8_t>(bytes[3]);
  if (contents.version < 1 || contents.version > kVersionMax) {
    return corrupt("version " + std::to_string(contents.version) + " is unknown", 3);
  }
  std::uint32_t length = 0;
  std::memcpy(&length, bytes.data() + 4, sizeof length);
  if (length < kDatasetBytes || length > bytes.size() - kPrefixBytes) {
    return corrupt("metadata of " + std::to_string(length) + " bytes", 4);
  }
  const std::string_view dataset = text_of(bytes.subspan(kPrefixBytes, kDatasetBytes));
  contents.dataset = dataset.substr(0, dataset.find('\0'));
  bytes = bytes.subspan(kPrefixBytes + length);
  return contents;
}

}  // namespace

Result<std::vector<std::byte>> load(const std::filesystem::path& file, std::size_t bytes_max) {
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  const std::streamoff size = stream ? std::streamoff{stream.tellg()} : -1;
  if (size < 0) return Error{ErrorCode::kNotFound, "cannot read " + file.string()};
  if (static_cast<std::size_t>(size) > bytes_max) {
    return Error{ErrorCode::kTooLarge, file.string() + " has more than " + std::to_string(bytes_max) + " bytes"};
  }
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  stream.seekg(0);
  if (!stream.read(reinterpret_cast<char*>(bytes.data()), size)) {
    return Error{ErrorCode::kNotFound, "cannot read " + file.string()};
  }
  const bool packed =
      bytes.size() >= kZstdMagic.size() && std::equal(kZstdMagic.begin(), kZstdMagic.end(), bytes.begin());
  if (!packed) return bytes;
  return unpack_zstd(bytes, bytes_max);
}

Result<Contents> decode(std::span<const std::byte> bytes, const std::function<void(const MboRecord& record)>& take) {
  const std::size_t size = bytes.size();
  auto contents = read_head(bytes);
  if (!contents.ok()) return contents;
  while (!bytes.empty()) {
    const std::size_t offset = size - bytes.size();
    const std::size_t length = std::to_integer<std::size_t>(bytes[0]) * kLengthUnit;
    if (length < kRecordHeaderBytes) return corrupt("a record of " + std::to_string(length) + " bytes", offset);
    if (length > bytes.size())
      return corrupt("cut off within a record of " + std::to_string(length) + " bytes", offset);
    if (std::to_integer<std::uint8_t>(bytes[1]) == kMboType) {
      // Longer ones carry the time of sending behind the rest.
      if (length < sizeof(MboRecord)) {
        return corrupt("a market-by-order record of " + std::to_string(length) + " bytes", offset);
      }
      MboRecord record;
      std::memcpy(&record, bytes.data(), sizeof record);
      take(record);
      ++contents.value().mbo;
    } else {
      ++contents.value().other;
    }
    bytes = bytes.subspan(length);
  }
  return contents;
}

BookFault Books::apply(const MboRecord& record) {
  MarketBooks& books = books_.try_emplace(record.instrument, 1, kOrdersAtFirst).first->second;
  const VenueOrderId order{record.order};
  switch (record.action) {
    case Action::kAdd: {
      const Side side = record.side == 'B' ? Side::kBuy : record.side == 'A' ? Side::kSell : Side::kNone;
      return books.add(order, kBook, side, Price{record.price}, Quantity{record.size});
    }
    case Action::kCancel: return books.reduce(order, Quantity{record.size});
    case Action::kModify: return books.modify(order, Price{record.price}, Quantity{record.size});
    case Action::kClear: return books.clear(kBook);
    case Action::kTrade:
    case Action::kFill:
    case Action::kNone: break;
  }
  return BookFault::kNone;
}

const MarketBooks* Books::find(std::uint32_t instrument) const {
  const auto found = books_.find(instrument);
  return found == books_.end() ? nullptr : &found->second;
}

}  // namespace sluice::marketdata::dbn
