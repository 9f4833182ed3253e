"""Time and chance enter through the front door: only libs/runtime/clock, ids and ticks ask the operating system for them."""
import re
import unittest

import sources

ALLOWED = {"libs/runtime/clock.cc", "libs/runtime/ids.cc", "libs/runtime/ticks.h"}
CLOCK_OR_CHANCE = re.compile(
    r"\b(?:system_clock|steady_clock|high_resolution_clock|file_clock|utc_clock)\s*::\s*now\b"
    r"|\b(?:clock_gettime|gettimeofday|timespec_get|getrandom|getentropy|arc4random\w*|random_device|drand48|_*rdtscp?)\b"
    r"|\bstd::(?:time|clock|rand|srand|random_shuffle)\s*\("
    r"|(?<![\w.>:])(?:time|rand|srand|random|clock)\s*\(\s*(?:NULL|nullptr|0|&\w+)?\s*\)"
    r"|\bsleep_(?:for|until)\b|(?<![\w.>:])(?:sleep|usleep|nanosleep)\s*\(")


def uses(text):
    """The uses of clocks or chance in a source text, comments and strings left out."""
    return CLOCK_OR_CHANCE.findall(sources.without_comments(text))


class ClockAndChance(unittest.TestCase):
    def test_only_these_files_use_them(self):
        found = []
        for path in sources.sources():
            relative = path.relative_to(sources.ROOT).as_posix()
            if relative not in ALLOWED and uses(path.read_text()):
                found.append(f"{relative}: {', '.join(uses(path.read_text()))}")
        self.assertEqual(found, [], "\n" + "\n".join(found))

    def test_these_files_do(self):
        for file in ALLOWED:
            self.assertTrue(re.search(r"Source::now|getrandom|random|rdtsc", (sources.ROOT / file).read_text()), file)

    def test_planted_uses_are_caught(self):
        for text in ("auto t = std::chrono::system_clock::now();", "std::random_device seed;", "srand(time(nullptr));",
                     "clock_gettime(CLOCK_MONOTONIC, &ts);", "std::this_thread::sleep_for(1s);", "usleep(5);", "x = rand();", "t = __rdtsc();"):
            self.assertTrue(uses(text), text)

    def test_what_is_no_use_is_not_caught(self):
        for text in ("// system_clock::now() is elsewhere", 'log("getrandom failed");', "std::chrono::system_clock::time_point deadline;",
                     "log_time(answer);", "engine.time();", "Nanos time;", "time_left(deadline)"):
            self.assertFalse(uses(text), text)


if __name__ == "__main__":
    unittest.main()
