#include "audit/black_box.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "audit/crc32c.h"
#include "runtime/logging.h"
#include "runtime/this_thread.h"

namespace sluice::audit {

namespace {

constexpr std::size_t kBatchRecords = 512;

/// Takes the space and writes the first record, all on disk when it returns.
Result<DiskFile> begin_box(const BlackBoxOptions& options, const SegmentFile& box, Nanos now) {
  auto file = open_file(box.path, O_RDWR | O_CREAT | O_EXCL);
  if (!file.ok()) return file.error();
  const AuditRecord first = segment_record(box.number, options.shard, {}, now);
  const int fd = file.value().fd();
  int failed = ::posix_fallocate(fd, 0, static_cast<off_t>(options.records_in_file * sizeof(AuditRecord)));
  if (failed == 0) failed = write_records(options.disk, fd, std::span(&first, 1), 0);
  if (failed == 0) failed = ::fsync(fd) == 0 ? 0 : errno;
  if (failed != 0) {
    ::unlink(box.path.c_str());
    return Error{ErrorCode::kUnavailable, disk_error("make the black box", box.path, failed).message};
  }
  if (const Status synced = sync_folder(options.folder); !synced.ok()) return synced.error();
  return file;
}

/// Why an old box is not gone on with; empty if it is.
std::string unusable(const BlackBoxScan& scan, const BlackBoxOptions& options) {
  if (scan.damage) return "record " + std::to_string(scan.damage->record) + ": " + scan.damage->what;
  if (scan.capacity != options.records_in_file) return "it has another size";
  return scan.used == scan.capacity ? "it is full" : "";
}

}  // namespace

Result<std::unique_ptr<BlackBox>> BlackBox::open(BlackBoxOptions options, const runtime::Clock& clock) {
  INVARIANT(options.records_in_file > 1);
  std::error_code error;
  std::filesystem::create_directories(options.folder, error);
  const auto listed = list_segments(options.folder, kBlackBoxPrefix);
  if (!listed.ok()) return Error{ErrorCode::kUnavailable, listed.error().message};
  std::uint64_t number = 1;
  if (!listed.value().empty()) {
    const SegmentFile& newest = listed.value().back();
    const auto scan = scan_black_box(newest);
    if (!scan.ok()) return scan.error();
    const std::string why = unusable(scan.value(), options);
    if (why.empty()) {
      auto file = open_file(newest.path, O_RDWR);
      if (!file.ok()) return file.error();
      return std::unique_ptr<BlackBox>(
          new BlackBox(std::move(options), std::move(file).value(), newest.path, scan.value().used));
    }
    runtime::log_warn("audit: a new black box begins", {{"old", newest.path.string()}, {"why", why}});
    number = newest.number + 1;
  }
  const SegmentFile box{number, segment_path(options.folder, number, kBlackBoxPrefix)};
  auto file = begin_box(options, box, clock.wall());
  if (!file.ok()) return file.error();
  return std::unique_ptr<BlackBox>(new BlackBox(std::move(options), std::move(file).value(), box.path, 1));
}

BlackBox::BlackBox(BlackBoxOptions options, DiskFile file, std::filesystem::path path, std::uint64_t used)
    : options_(std::move(options)),
      file_(std::move(file)),
      path_(std::move(path)),
      memory_(options_.records_in_memory, 0),
      used_(used),
      summed_(kBatchRecords) {
  thread_ = std::thread([this] { run(); });
}

BlackBox::~BlackBox() { stop(); }

void BlackBox::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true, std::memory_order_release);
  bell_.ring();
  thread_.join();
}

void BlackBox::run() {
  runtime::name_this_thread("black-box");
  while (!stopping_.load(std::memory_order_acquire)) {
    const auto seen = bell_.value();
    bell_.wait(seen, drain() ? options_.drain_every : options_.retry_every);
  }
  if (!drain())
    runtime::log_error("audit: the black box ended with records it could not write",
                       {{"file", path_.string()}, {"records", memory_.used()}});
}

bool BlackBox::drain() {
  for (auto front = memory_.front(); !front.empty(); front = memory_.front()) {
    const std::size_t room = options_.records_in_file - used_;
    if (room == 0) {
      lost_.fetch_add(front.size(), std::memory_order_relaxed);
      memory_.pop(front.size());
      continue;
    }
    const auto batch = std::span(summed_).first(std::min({front.size(), room, summed_.size()}));
    std::transform(front.begin(), front.begin() + static_cast<std::ptrdiff_t>(batch.size()), batch.begin(), summed);
    int failed = write_records(options_.disk, file_.fd(), batch, used_ * sizeof(AuditRecord));
    if (failed == 0) failed = options_.disk.sync(file_.fd()) == 0 ? 0 : errno;
    error_.store(failed, std::memory_order_relaxed);
    if (failed != 0) return false;  // the same place again, so that nothing stands there twice
    used_ += batch.size();
    kept_.fetch_add(batch.size(), std::memory_order_release);
    memory_.pop(batch.size());
  }
  return true;
}

Result<BlackBoxScan> scan_black_box(const SegmentFile& box) {
  const auto file = open_file(box.path, O_RDONLY);
  if (!file.ok()) return file.error();
  const auto size = file_size(file.value(), box.path);
  if (!size.ok()) return size.error();
  std::vector<AuditRecord> all(size.value() / sizeof(AuditRecord));
  const auto read = read_records(file.value(), box.path, all, 0);
  if (!read.ok()) return read.error();
  all.resize(read.value() / sizeof(AuditRecord));
  BlackBoxScan scan{.capacity = all.size()};
  const auto last = std::find_if(all.rbegin(), all.rend(), is_whole);
  scan.used = static_cast<std::uint64_t>(all.rend() - last);
  for (std::uint64_t i = 0; i < scan.used && !scan.damage; ++i) {
    if (!is_whole(all[i])) scan.damage = Finding{i, "its sum is wrong", true};
  }
  // Behind the last whole record stands at most what a crash left of the next: it is written over.
  if (scan.used == 0 || (!scan.damage && all[0].action != Action::kSegment))
    scan.damage = Finding{0, "the file does not begin with a segment record"};
  if (!scan.damage && all[0].sequence != box.number)
    scan.damage = Finding{0, "the file says that it is black box " + std::to_string(all[0].sequence)};
  if (scan.used > 1) {
    all.resize(scan.used);
    std::copy_if(all.begin() + 1, all.end(), std::back_inserter(scan.records), is_whole);
  }
  return scan;
}

Result<std::vector<AuditRecord>> read_black_boxes(const std::filesystem::path& folder) {
  const auto listed = list_segments(folder, kBlackBoxPrefix);
  if (!listed.ok()) return listed.error();
  std::vector<AuditRecord> records;
  for (const SegmentFile& box : listed.value()) {
    auto scan = scan_black_box(box);
    if (!scan.ok()) return scan.error();
    records.insert(records.end(), scan.value().records.begin(), scan.value().records.end());
  }
  return records;
}

}  // namespace sluice::audit
