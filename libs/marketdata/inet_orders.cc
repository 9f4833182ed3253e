#include "marketdata/inet_orders.h"

#include <string>

#include "marketdata/csv.h"

namespace sluice::marketdata {

namespace {

constexpr std::string_view kHeader = "type,time,id,price,size,type";
constexpr std::size_t kPriceDecimals = 4;
constexpr std::int64_t kDayMillis = 86'400'000;

using Fields = std::vector<std::string_view>;

Error wrong(const std::string& what) { return {ErrorCode::kInvalidArgument, what}; }

/// Number of fields of a message without the owner's mark; 0 = no such type.
std::size_t fields_of(std::string_view type) {
  if (type == "A") return 6;
  if (type == "C") return 3;
  if (type == "R") return 4;
  return type == "T" ? 5 : 0;
}

Result<std::int64_t> read_in(std::string_view text, std::string_view what, std::int64_t low, std::int64_t high) {
  const auto value = parse_integer(text, what);
  if (value.ok() && (value.value() < low || value.value() > high)) {
    return wrong(std::string(what) + " " + std::string(text) + " is out of range");
  }
  return value;
}

/// A price in units of 1/10,000. Spreadsheets that such files went through write a small one as 1.00E-04, which is read
/// if it is exact.
Result<std::int64_t> parse_price(std::string_view text) {
  const std::size_t exponent_at = text.find("E-");
  const auto mantissa = parse_decimal(text.substr(0, exponent_at), kPriceDecimals, "price");
  if (!mantissa.ok() || exponent_at == std::string_view::npos) return mantissa;
  const auto exponent = parse_integer(text.substr(exponent_at + 2), "exponent of the price");
  if (!exponent.ok()) return exponent;
  std::int64_t price = mantissa.value();
  for (std::int64_t i = 0; i < exponent.value() && price != 0; ++i) {
    if (price % 10 != 0) return wrong("price " + std::string(text) + " has more than four decimals");
    price /= 10;
  }
  return price;
}

Status read_price(std::string_view text, InetMessage& message) {
  const auto price = parse_price(text);
  if (!price.ok()) return price.error();
  if (price.value() < 1 || price.value() > kPriceMax.value()) {
    return wrong("price " + std::string(text) + " is out of range");
  }
  message.price = Price{price.value()};
  return ok_status();
}

Status read_size(std::string_view text, InetMessage& message) {
  const auto size = read_in(text, "size", 1, kOrderQuantityMax.value());
  if (!size.ok()) return size.error();
  message.size = Quantity{size.value()};
  return ok_status();
}

Status read_side(std::string_view text, InetMessage& message) {
  if (text != "BID" && text != "ASK") return wrong("side '" + std::string(text) + "' is neither BID nor ASK");
  message.side = text == "BID" ? Side::kBuy : Side::kSell;
  return ok_status();
}

/// What stands behind type, time and id.
Status read_rest(const Fields& fields, InetMessage& message) {
  if (message.type == InetType::kCancel) return ok_status();
  if (message.type == InetType::kReduce) return read_size(fields[3], message);
  const Status price = read_price(fields[3], message);
  if (!price.ok()) return price;
  const Status size = read_size(fields[4], message);
  if (!size.ok() || message.type == InetType::kTrade) return size;
  return read_side(fields[5], message);
}

Result<InetMessage> read_message(const Fields& fields) {
  const std::size_t due = fields_of(fields[0]);
  if (due == 0) return wrong("type '" + std::string(fields[0]) + "' is unknown");
  if (fields.size() != due && fields.size() != due + 1) {
    return wrong("a message " + std::string(fields[0]) + " has " + std::to_string(due) +
                 " fields and may have a mark, " + "this one has " + std::to_string(fields.size()));
  }
  InetMessage message;
  message.type = static_cast<InetType>(fields[0][0]);
  if (fields.size() > due) {
    if (fields[due] != "TRUE" && fields[due] != "FALSE") {
      return wrong("mark '" + std::string(fields[due]) + "' is neither TRUE nor FALSE");
    }
    message.own = fields[due] == "TRUE";
  }
  const auto time = read_in(fields[1], "time", 0, kDayMillis - 1);
  if (!time.ok()) return time.error();
  message.time = Nanos{time.value() * kNanosPerMilli};
  const auto id = read_in(fields[2], "order id", 0, INT64_MAX);
  if (!id.ok()) return id.error();
  message.order = VenueOrderId{static_cast<std::uint64_t>(id.value())};
  const Status rest = read_rest(fields, message);
  if (!rest.ok()) return rest.error();
  return message;
}

}  // namespace

Result<std::vector<InetMessage>> parse_inet_orders(std::string_view text) {
  std::vector<InetMessage> messages;
  bool header = true, standing = true;
  const Status read = for_each_row(text, [&](const Fields& fields) -> Status {
    if (header) {
      header = false;
      // The fields point into one line, so that it can be seen whole again.
      const std::string_view line(fields.front().data(),
                                  static_cast<std::size_t>(fields.back().end() - fields.front().begin()));
      return line == kHeader ? ok_status() : wrong("the header is not '" + std::string(kHeader) + "'");
    }
    const auto message = read_message(fields);
    if (!message.ok()) return message.error();
    if (!standing && message.value().time < messages.back().time) return wrong("time goes backwards");
    standing = standing && message.value().type == InetType::kAdd;
    messages.push_back(message.value());
    return ok_status();
  });
  if (!read.ok()) return read.error();
  if (header) return wrong("the header is missing");
  return messages;
}

BookFault apply(const InetMessage& message, BookIndex book, MarketBooks& books) {
  switch (message.type) {
    case InetType::kAdd: return books.add(message.order, book, message.side, message.price, message.size);
    case InetType::kCancel: return books.remove(message.order);
    case InetType::kReduce: {
      const auto order = books.find(message.order);
      if (!order) return BookFault::kUnknownOrder;
      if (message.size > order->quantity) return BookFault::kQuantity;
      return books.modify(message.order, order->price, message.size);
    }
    case InetType::kTrade: break;
  }
  return BookFault::kNone;
}

}  // namespace sluice::marketdata
