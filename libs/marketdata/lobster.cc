#include "marketdata/lobster.h"

#include <fstream>
#include <sstream>

#include "marketdata/csv.h"

namespace sluice::marketdata {

namespace {

constexpr std::size_t kMessageFields = 6;
constexpr std::size_t kLevelFields = 4;  // ask price, ask size, bid price, bid size
/// A level that does not exist: this price (negative for bids) and size 0.
constexpr std::int64_t kNoPrice = 9'999'999'999;

using Fields = std::vector<std::string_view>;

Error wrong(const std::string& what) { return {ErrorCode::kInvalidArgument, what}; }

/// A cross or a halt uses order id, size and price for other things; the others name an order.
bool names_an_order(LobsterType type) { return type <= LobsterType::kHiddenExecution; }

Result<LobsterMessage> read_message(const Fields& fields) {
  if (fields.size() != kMessageFields) {
    return wrong("a message has 6 fields, this one has " + std::to_string(fields.size()));
  }
  const auto time = parse_seconds(fields[0], "time");
  if (!time.ok()) return time.error();
  static constexpr const char* kNames[] = {"time", "type", "order id", "size", "price", "direction"};
  std::int64_t values[kMessageFields] = {};
  for (std::size_t i = 1; i < kMessageFields; ++i) {
    const auto value = parse_integer(fields[i], kNames[i]);
    if (!value.ok()) return value.error();
    values[i] = value.value();
  }
  if (values[1] < 1 || values[1] > 7) return wrong("type " + std::to_string(values[1]) + " is unknown");
  if (values[5] != 1 && values[5] != -1)
    return wrong("direction " + std::to_string(values[5]) + " is neither 1 nor -1");
  LobsterMessage message;
  message.time = time.value();
  message.type = static_cast<LobsterType>(values[1]);
  if (names_an_order(message.type)) {
    if (values[3] < 1 || values[3] > kQuantityMax.value())
      return wrong("size " + std::to_string(values[3]) + " is out of range");
    if (values[4] < 1 || values[4] > kPriceMax.value())
      return wrong("price " + std::to_string(values[4]) + " is out of range");
  }
  message.order_id = values[2];
  message.size = Quantity{values[3]};
  message.price = Price{values[4]};
  message.side = values[5] == 1 ? Side::kBuy : Side::kSell;
  return message;
}

Result<LobsterLevel> read_level(std::string_view price_text, std::string_view size_text, std::int64_t no_price) {
  const auto price = parse_integer(price_text, "price");
  if (!price.ok()) return price.error();
  const auto size = parse_integer(size_text, "size");
  if (!size.ok()) return size.error();
  if (price.value() == no_price && size.value() == 0) return LobsterLevel{};
  if (price.value() < 1 || price.value() > kPriceMax.value())
    return wrong("price " + std::to_string(price.value()) + " is out of range");
  if (size.value() < 1 || size.value() > kQuantityMax.value())
    return wrong("size " + std::to_string(size.value()) + " is out of range");
  return LobsterLevel{Price{price.value()}, Quantity{size.value()}};
}

Result<LobsterBook> read_book(const Fields& fields) {
  if (fields.size() % kLevelFields != 0) {
    return wrong("a level has 4 fields, this line has " + std::to_string(fields.size()));
  }
  LobsterBook book;
  for (std::size_t i = 0; i < fields.size(); i += kLevelFields) {
    const auto ask = read_level(fields[i], fields[i + 1], kNoPrice);
    if (!ask.ok()) return ask.error();
    const auto bid = read_level(fields[i + 2], fields[i + 3], -kNoPrice);
    if (!bid.ok()) return bid.error();
    book.asks.push_back(ask.value());
    book.bids.push_back(bid.value());
  }
  return book;
}

Result<std::string> read_only_match(const std::filesystem::path& folder, const std::string& part) {
  std::vector<std::filesystem::path> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.find(part) != std::string::npos && name.ends_with(".csv")) found.push_back(entry.path());
  }
  if (found.size() != 1) {
    return Error{ErrorCode::kNotFound,
                 folder.string() + " has " + std::to_string(found.size()) + " files *" + part + "*.csv; one is needed"};
  }
  std::ifstream file(found.front(), std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return Error{ErrorCode::kNotFound, "cannot read " + found.front().string()};
  return text.str();
}

}  // namespace

Result<std::vector<LobsterMessage>> parse_lobster_messages(std::string_view text) {
  std::vector<LobsterMessage> messages;
  const Status read = for_each_row(text, [&](const Fields& fields) -> Status {
    const auto message = read_message(fields);
    if (!message.ok()) return message.error();
    if (!messages.empty() && message.value().time < messages.back().time) return wrong("time goes backwards");
    messages.push_back(message.value());
    return ok_status();
  });
  if (!read.ok()) return read.error();
  return messages;
}

Result<std::vector<LobsterBook>> parse_lobster_books(std::string_view text) {
  std::vector<LobsterBook> books;
  const Status read = for_each_row(text, [&](const Fields& fields) -> Status {
    auto book = read_book(fields);
    if (!book.ok()) return book.error();
    if (!books.empty() && book.value().asks.size() != books.front().asks.size()) {
      return wrong("the number of levels changes");
    }
    books.push_back(std::move(book).value());
    return ok_status();
  });
  if (!read.ok()) return read.error();
  return books;
}

Result<LobsterSample> load_lobster(const std::filesystem::path& folder) {
  const auto message_text = read_only_match(folder, "_message_");
  if (!message_text.ok()) return message_text.error();
  const auto book_text = read_only_match(folder, "_orderbook_");
  if (!book_text.ok()) return book_text.error();
  auto messages = parse_lobster_messages(message_text.value());
  if (!messages.ok()) return Error{messages.error().code, "messages, " + messages.error().message};
  auto books = parse_lobster_books(book_text.value());
  if (!books.ok()) return Error{books.error().code, "order books, " + books.error().message};
  if (messages.value().empty() || messages.value().size() != books.value().size()) {
    return wrong(std::to_string(messages.value().size()) + " messages do not fit " +
                 std::to_string(books.value().size()) + " books");
  }
  return LobsterSample{std::move(messages).value(), std::move(books).value()};
}

}  // namespace sluice::marketdata
