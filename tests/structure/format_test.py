"""Every C++ source is as clang-format leaves it; scripts/format mends it."""
import concurrent.futures
import itertools
import os
import pathlib
import subprocess
import tempfile
import unittest

import sources


def complaint(paths):
    """What clang-format says of these files; empty when all are formatted."""
    run = subprocess.run(["clang-format", "--dry-run", "-Werror", *map(str, paths)], cwd=sources.ROOT, capture_output=True, text=True)
    return run.stderr if run.returncode else ""


class Format(unittest.TestCase):
    def test_every_source_is_formatted(self):
        every = [path for top in (sources.sources(), *((sources.ROOT / "tests").rglob(s) for s in ("*.h", "*.cc"))) for path in top]
        batches = [list(batch) for batch in itertools.zip_longest(*[iter(every)] * 20)]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            found = "".join(pool.map(lambda batch: complaint(filter(None, batch)), batches))
        self.assertEqual(found, "", "run scripts/format")

    def test_a_badly_formatted_file_is_found(self):
        with tempfile.TemporaryDirectory(dir=sources.ROOT / "tests") as folder:
            bad = pathlib.Path(folder) / "bad.cc"
            bad.write_text("int  x=1 ;\n")
            self.assertIn("bad.cc", complaint([bad]))


if __name__ == "__main__":
    unittest.main()
