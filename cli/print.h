// How results of commands and messages of the contract are printed. Used on one thread.
#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "cli/context.h"
#include "sluice/v1/command.pb.h"

namespace sluice::cli {

/// One line of JSON with the contract's field names; integers of 64 bits as numbers in text form.
std::string to_json_line(const google::protobuf::Message& message);
/// `REJECT_REASON_MAX_POSITION` → `max_position`.
std::string short_name(const std::string& enum_name, const std::string& prefix);
/// Prints one result; kExitFailed if it is a rejection.
int print_result(const Context& context, const v1::CommandResult& result);
/// One line for a person.
std::string describe(const v1::Event& event);

}  // namespace sluice::cli
