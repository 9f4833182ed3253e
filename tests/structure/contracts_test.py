"""The contract in proto/: linted, and never changed in a way that breaks a client.

The baseline is proto/baseline/sluice.v1.json, an image of what clients have. After a release:
  node_modules/.bin/buf build --exclude-source-info -o proto/baseline/sluice.v1.json
"""
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import sources

BUF = sources.ROOT / "node_modules/.bin/buf"
BASELINE = sources.ROOT / "proto/baseline/sluice.v1.json"


def buf(*arguments, folder=sources.ROOT):
    return subprocess.run([BUF, *arguments], cwd=folder, capture_output=True, text=True, timeout=120)


@unittest.skipUnless(BUF.exists(), "buf is not installed: run scripts/setup")
class Contracts(unittest.TestCase):
    def assert_good(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_lint(self):
        self.assert_good(buf("lint"))

    def test_nothing_breaks_a_client(self):
        self.assert_good(buf("breaking", "--against", str(BASELINE)))

    def altered(self, file, old, new):
        """The contract in a folder of its own, with one change."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = pathlib.Path(folder.name)
        shutil.copytree(sources.ROOT / "proto", root / "proto")
        shutil.copy(sources.ROOT / "buf.yaml", root)
        path = root / "proto/sluice/v1" / file
        text = path.read_text()
        self.assertEqual(text.count(old), 1, f"'{old}' must stand once in {file}")
        path.write_text(text.replace(old, new))
        return root

    def test_an_unaltered_copy_is_good(self):
        root = self.altered("types.proto", "// A new order.", "// A new  order.")
        self.assert_good(buf("lint", folder=root))
        self.assert_good(buf("breaking", "--against", str(BASELINE), folder=root))

    def test_a_break_on_purpose_is_caught(self):
        for old, new in (("string client_order_id = 4;\n  // Buy or sell.\n  Side side = 5;\n  // Kind of the order.",
                          "string client_order_id = 40;\n  // Buy or sell.\n  Side side = 5;\n  // Kind of the order."),
                         ("REJECT_REASON_KILLED = 14;", "REJECT_REASON_STOPPED = 14;"),
                         ("  int64 expire_at_unix_nanos = 14;", "  int32 expire_at_unix_nanos = 14;")):
            done = buf("breaking", "--against", str(BASELINE), folder=self.altered("types.proto", old, new))
            self.assertNotEqual(done.returncode, 0, new)

    def test_an_addition_breaks_nothing(self):
        root = self.altered("types.proto", "  // End of a GTD order.", "  // A new wish.\n  bool new_wish = 99;\n  // End of a GTD order.")
        self.assert_good(buf("breaking", "--against", str(BASELINE), folder=root))

    def test_a_field_without_a_comment_is_caught(self):
        self.assertNotEqual(buf("lint", folder=self.altered("types.proto", "  // End of a GTD order.\n", "")).returncode, 0)


if __name__ == "__main__":
    unittest.main()
