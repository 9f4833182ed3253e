// The name of a thread, as top -H, gdb, perf and core dumps show it. scripts/profile separates flame graphs by it.
#pragma once

#include <string_view>

namespace sluice::runtime {

/// Bytes of a name that Linux keeps.
constexpr std::size_t kThreadNameBytesMax = 15;

/// Names the calling thread; a longer name is cut at kThreadNameBytesMax. Not for the main thread: its name is the one
/// of the process, by which pgrep and ps find it.
void name_this_thread(std::string_view name);

}  // namespace sluice::runtime
