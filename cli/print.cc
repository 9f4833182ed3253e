#include "cli/print.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace sluice::cli {

std::string to_json_line(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = false;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  return status.ok() ? text : "{}";
}

std::string short_name(const std::string& enum_name, const std::string& prefix) {
  std::string text = enum_name.rfind(prefix, 0) == 0 ? enum_name.substr(prefix.size()) : enum_name;
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

int print_result(const Context& context, const v1::CommandResult& result) {
  const bool rejected = result.outcome() == v1::OUTCOME_CODE_REJECTED;
  if (context.json()) {
    std::printf("%s\n", to_json_line(result).c_str());
  } else if (result.level() == v1::WAIT_LEVEL_LOGGED) {
    std::printf("logged: shard %u, command %llu/%u, id %s\n", result.shard(),
                static_cast<unsigned long long>(result.sequence()), result.index(), result.command_id().c_str());
  } else {
    std::printf("%s%s%s%s (shard %u, command %llu/%u)\n", rejected ? "rejected: " : "done",
                rejected ? short_name(v1::RejectReason_Name(result.reason()), "REJECT_REASON_").c_str() : "",
                result.order_id() != 0 ? (", order " + std::to_string(result.order_id())).c_str() : "",
                result.repeated() ? ", a repeat" : "", result.shard(),
                static_cast<unsigned long long>(result.sequence()), result.index());
    for (const v1::Event& event : result.events()) std::printf("  %s\n", describe(event).c_str());
  }
  return rejected ? kExitFailed : kExitOk;
}

std::string describe(const v1::Event& event) {
  const std::string json = to_json_line(event);
  const auto* field = event.GetDescriptor()->FindOneofByName("body");
  const auto* set = event.GetReflection()->GetOneofFieldDescriptor(event, field);
  if (set == nullptr) return json;
  return set->name() + " " + to_json_line(event.GetReflection()->GetMessage(event, set));
}

}  // namespace sluice::cli
