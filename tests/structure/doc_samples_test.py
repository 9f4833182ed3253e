"""Samples in the docs run: every fenced block tagged `sh test` in README.md and docs/ is executed, as a reader would.

Each block runs by itself in bash with -euo pipefail, in an empty folder, with the built programs first on PATH ($SLUICE_BIN_DIR),
$SLUICE_SOURCE naming the project and SLUICE_DATA_DIR a folder of its own. What it starts in the background is ended behind it.
"""
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

import sources

FENCE = re.compile(r"^```sh test[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
SECONDS_MAX = 120


def blocks(text):
    """(line, script) of each tagged block."""
    return [(text.count("\n", 0, match.start()) + 1, match.group(1)) for match in FENCE.finditer(text)]


def run(script):
    """Runs a block; (exit code, output). Whatever it left running is ended."""
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, SLUICE_SOURCE=str(sources.ROOT), SLUICE_DATA_DIR=str(pathlib.Path(folder) / "sluice-data"),
                           PATH=os.environ.get("SLUICE_BIN_DIR", "") + ":" + os.environ["PATH"])
        output = pathlib.Path(folder) / ".output"
        with output.open("w") as out:
            child = subprocess.Popen(["bash", "-euo", "pipefail", "-c", script], cwd=folder, env=environment, stdout=out,
                                     stderr=subprocess.STDOUT, start_new_session=True)
        try:
            code = child.wait(SECONDS_MAX)
        except subprocess.TimeoutExpired:
            code = -1
        try:
            os.killpg(child.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        child.wait()
        return code, output.read_text()


def documents():
    return [sources.ROOT / "README.md", *sorted((sources.ROOT / "docs").rglob("*.md"))]


class Samples(unittest.TestCase):
    def test_every_tagged_block_runs(self):
        for document in documents():
            if not document.exists():
                continue
            for line, script in blocks(document.read_text()):
                place = f"{document.relative_to(sources.ROOT)}:{line}"
                with self.subTest(place):
                    code, output = run(script)
                    self.assertEqual(code, 0, f"{place}\n{script}\n{output}")


class SelfTest(unittest.TestCase):
    def test_only_tagged_blocks_are_found_with_their_line(self):
        text = "a\n```sh\nfalse\n```\n\n```sh test\ntrue\nls\n```\nb\n```sh test name=x\nexit 3\n```\n"
        self.assertEqual(blocks(text), [(6, "true\nls\n"), (11, "exit 3\n")])

    def test_a_failing_line_fails_the_block(self):
        self.assertEqual(run("false\ntrue\n")[0], 1)
        self.assertEqual(run("false | true\n")[0], 1)
        code, output = run("echo said\nexit 3\n")
        self.assertEqual((code, output), (3, "said\n"))

    def test_what_a_block_leaves_running_is_ended(self):
        code, output = run("sleep 1000 &\necho $!\n")
        self.assertEqual(code, 0)
        with self.assertRaises(ProcessLookupError):
            for _ in range(1000):
                os.kill(int(output), 0)
                with open(f"/proc/{int(output)}/stat") as stat:
                    if stat.read().split()[2] == "Z":
                        raise ProcessLookupError


if __name__ == "__main__":
    unittest.main()
