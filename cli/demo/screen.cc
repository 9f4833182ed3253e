#include "cli/demo/screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace sluice::cli {

namespace {

constexpr std::string_view kHideCursor = "\033[?25l", kShowCursor = "\033[?25h";
constexpr std::string_view kClearToEnd = "\033[J", kClearLine = "\033[K";
constexpr std::string_view kNoTone = "\033[0m";
constexpr std::size_t kLinesAbove = 4;  // of the narrative, that a panel leaves in a low window
constexpr std::string_view kEllipsis = "…";

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0u) != 0x80u; }

bool set_and_not_empty(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

}  // namespace

std::optional<TerminalSize> terminal_size(int fd) {
  if (isatty(fd) != 1 || !set_and_not_empty("TERM") || std::string_view(std::getenv("TERM")) == "dumb")
    return std::nullopt;
  winsize window{};
  if (ioctl(fd, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0) return TerminalSize{24, 80};
  return TerminalSize{window.ws_row, window.ws_col};
}

bool colour_wanted() { return !set_and_not_empty("NO_COLOR"); }

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string fit(std::string_view text, std::size_t columns) {
  if (width_of(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t taken = 0, at = 0;
  for (; at < text.size(); ++at) {
    if (begins_character(text[at]) && taken++ == columns - 1) break;
  }
  return std::string(text.substr(0, at)).append(kEllipsis);
}

Screen::Screen(std::ostream& out, std::function<std::optional<TerminalSize>()> size, bool colour)
    : out_(out), size_(std::move(size)), pinned_(size_().has_value()), colour_(colour && pinned_) {}

Screen::~Screen() { end(); }

void Screen::say(const std::string& text, Tone tone) {
  const std::lock_guard lock(mutex_);
  erase();
  out_ << toned(text, tone) << '\n';
  draw();
  out_.flush();
}

void Screen::show(std::vector<std::string> panel) {
  if (!pinned_) return;
  const std::lock_guard lock(mutex_);
  erase();
  panel_ = std::move(panel);
  draw();
  out_.flush();
}

void Screen::status(const std::string& line) {
  if (!pinned_) return;
  const std::lock_guard lock(mutex_);
  erase();
  status_ = line;
  draw();
  out_.flush();
}

void Screen::end() {
  const std::lock_guard lock(mutex_);
  erase();
  panel_.clear();
  status_.clear();
  if (cursor_hidden_) out_ << kShowCursor;
  cursor_hidden_ = false;
  out_.flush();
}

std::size_t Screen::columns() const {
  const auto size = size_();
  return size ? size->columns : 0;
}

/// Leaves the cursor where the next line belongs.
void Screen::erase() {
  if (drawn_ == 0) return;
  out_ << "\033[" << drawn_ << 'A' << '\r' << kClearToEnd;
  drawn_ = 0;
}

void Screen::draw() {
  const auto size = size_();
  if (!pinned_ || !size || (panel_.empty() && status_.empty())) return;
  if (!cursor_hidden_) out_ << kHideCursor;
  cursor_hidden_ = true;
  // A line as wide as the window would wrap on some terminals, and the next frame would begin in the wrong place.
  const std::size_t columns = size->columns - 1;
  const std::size_t rows = size->rows > kLinesAbove ? size->rows - kLinesAbove : 1;
  const auto line = [&](const std::string& text) {
    if (drawn_ >= rows) return;
    out_ << '\r' << fit(text, columns) << kClearLine << '\n';
    ++drawn_;
  };
  if (!status_.empty()) line(status_);
  for (const std::string& text : panel_) line(text);
}

std::string Screen::toned(const std::string& text, Tone tone) const {
  if (!colour_ || tone == Tone::kPlain) return text;
  const char* begin = tone == Tone::kGood ? "\033[32m" : tone == Tone::kBad ? "\033[1;31m" : "\033[1m";
  return begin + text + std::string(kNoTone);
}

}  // namespace sluice::cli
