// `sluice audit list`. One thread.
#pragma once

#include "cli/context.h"

namespace sluice::cli {

void add_audit_list(CLI::App& family, Context& context, Action& action);

}  // namespace sluice::cli
