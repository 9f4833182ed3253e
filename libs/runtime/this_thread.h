// What a thread says of itself to the system: its name, as top -H, gdb, perf and core dumps show it (scripts/profile
// separates flame graphs by it), and its place behind others.
#pragma once

#include <string_view>

namespace sluice::runtime {

/// Bytes of a name that Linux keeps.
constexpr std::size_t kThreadNameBytesMax = 15;

/// Names the calling thread; a longer name is cut at kThreadNameBytesMax. Not for the main thread: its name is the one
/// of the process, by which pgrep and ps find it.
void name_this_thread(std::string_view name);

/// Lets the order path go first where both want a core: what only follows the log can be late, an order cannot. On a
/// machine with cores to spare it changes nothing. `steps` of nice, 1..19; cannot be taken back.
void step_behind_order_path(int steps);

}  // namespace sluice::runtime
