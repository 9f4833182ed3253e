"""scripts/profile records a service of a real deployment under load. Where this machine forbids it, it must say what to do."""
import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

SOURCE = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ["SLUICE_BIN_DIR"]).parent
SVG = "{http://www.w3.org/2000/svg}"


def profile(folder, *arguments, path=os.environ["PATH"]):
    return subprocess.run([SOURCE / "scripts" / "profile", *arguments, "--build-dir", BUILD, "--out", folder], cwd=folder, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ, PATH=path), timeout=120)


def perf_may_record():
    """Asked of perf itself and not of the script: which of its two answers is the right one here."""
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(["perf", "record", "-q", "-e", "cpu-clock:u", "-o", folder + "/probe", "--", "true"], capture_output=True).returncode == 0


def names_in(svg):
    return {group.get("data-n") for group in xml.parse(svg).getroot().iter(SVG + "g")}


class Profile(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)

    def test_cpu_time_of_the_engine_by_thread(self):
        run = profile(self.folder, "engine", "--kind", "cpu", "--seconds", "2")
        if not perf_may_record():
            self.assertEqual(run.returncode, 1, run.stderr)
            self.assertIn("kernel.perf_event_paranoid=1", run.stderr)
            return
        self.assertEqual(run.returncode, 0, run.stderr)
        names = names_in(self.folder / "profile-engine-cpu.svg")
        self.assertLessEqual({"executing", "publishing"}, names)
        self.assertTrue(any("sluice::engine::EngineLoop::run" in name for name in names), "stacks do not reach the loop of the executing thread")
        self.assertIn("self", run.stdout)
        self.assertRegex(run.stdout, r"load: \d+ commands")

    def test_heap_or_why_not(self):
        run = profile(self.folder, "engine", "--kind", "heap", "--seconds", "1")
        linked = subprocess.run(["ldd", BUILD / "bin" / "sluice-engine"], capture_output=True, text=True).stdout
        if "libasan" in linked or "libtsan" in linked:
            self.assertEqual(run.returncode, 1)
            self.assertIn("heaptrack needs a build without sanitizers", run.stderr)
            return
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertTrue(any("OrderStore" in name for name in names_in(self.folder / "profile-engine-heap.svg")))
        self.assertTrue(names_in(self.folder / "profile-engine-allocations.svg"))

    def test_a_refused_perf_is_reported_with_what_to_do(self):
        fake = self.folder / "bin"
        fake.mkdir()
        (fake / "perf").write_text("#!/bin/sh\necho 'Access to performance monitoring is limited.' >&2\nexit 255\n")
        (fake / "perf").chmod(stat.S_IRWXU)
        run = profile(self.folder, "engine", "--kind", "cpu", "--seconds", "1", path=f"{fake}:{os.environ['PATH']}")
        self.assertEqual((run.returncode, run.stdout), (1, ""))
        self.assertIn("Access to performance monitoring is limited.", run.stderr)
        self.assertIn("sysctl kernel.perf_event_paranoid=1", run.stderr)

    def test_wrong_usage_is_2(self):
        for arguments in (("nats",), ("engine", "--kind", "gpu"), ("engine", "--seconds", "0"), ("engine", "--frobnicate", "1")):
            self.assertEqual(profile(self.folder, *arguments).returncode, 2, arguments)


if __name__ == "__main__":
    sys.exit(unittest.main())
