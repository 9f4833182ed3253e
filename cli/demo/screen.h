// Screen: lines for a person. On a terminal a panel stays pinned below them and is drawn again in place; anywhere else
// only the plain lines are written, without any control sequence. Methods: any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

struct TerminalSize {
  std::size_t rows = 0, columns = 0;
};
/// Size of the terminal behind a file descriptor now; nullopt if there is none, or one that cannot move its cursor
/// (TERM is dumb or not set).
std::optional<TerminalSize> terminal_size(int fd);
/// False if NO_COLOR is set and not empty (no-color.org).
bool colour_wanted();

/// The first `columns` characters of UTF-8 text; what is cut is told by an ellipsis.
std::string fit(std::string_view text, std::size_t columns);
/// Characters of UTF-8 text. Every one is taken for one column wide.
std::size_t width_of(std::string_view text);

enum class Tone { kPlain, kGood, kBad, kStrong };

class Screen {
 public:
  /// `size` is asked before each drawing, so that a resized window is filled again. It must answer nullopt always, or
  /// never.
  Screen(std::ostream& out, std::function<std::optional<TerminalSize>()> size, bool colour);
  /// As end().
  ~Screen();

  /// A line above the panel; it stays. Colours only `text`, and only on a terminal.
  void say(const std::string& text, Tone tone = Tone::kPlain);
  /// Replaces the panel; lines that are too long or too many are cut. No effect without a terminal.
  void show(std::vector<std::string> panel);
  /// A line between the others and the panel, replaced by the next one, empty: none. No effect without a terminal.
  void status(const std::string& line);
  /// Takes the panel away and gives the cursor back.
  void end();

  bool pinned() const { return pinned_; }
  std::size_t columns() const;

 private:
  void erase();
  void draw();
  std::string toned(const std::string& text, Tone tone) const;

  std::ostream& out_;
  const std::function<std::optional<TerminalSize>()> size_;
  const bool pinned_;
  const bool colour_;
  mutable std::mutex mutex_;  // of everything below
  std::vector<std::string> panel_;
  std::string status_;
  std::size_t drawn_ = 0;  // lines below the cursor's home
  bool cursor_hidden_ = false;
};

}  // namespace sluice::cli
