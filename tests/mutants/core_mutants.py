"""Plants each fault of core_table.py in a copy of engine/core, builds core_property_test with it, and runs the tests that must notice.

Usage: core_mutants.py BUILD_DIR [NAME...]    a CMake tree (Ninja) in which core_property_test is built
Only the changed file is compiled (or what the table names for a header); every other object is the tree's own, and the changed ones come before
the library, so that the linker takes nothing of them from it. Exit code 1 if a mutant survives, 2 if a table entry does not fit the source.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import time

import core_table

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS_MAX = 60
# Fast and repeatable: the usual seed; what is found need not be shrunk.
PARAMETERS = "seed=20260729 noshrink=1"


class Misfit(Exception):
    """A table entry that does not fit the source."""


def planted(mutant, text):
    found = text.count(mutant.find)
    if found != 1:
        raise Misfit(f"{mutant.name}: the text to find occurs {found} times in engine/core/{mutant.file}, not once")
    if mutant.find == mutant.instead:
        raise Misfit(f"{mutant.name} changes nothing")
    return text.replace(mutant.find, mutant.instead)


class Tree:
    """How the build directory compiles a source and links the test program."""

    def __init__(self, build):
        self.build = build
        commands = json.loads((build / "compile_commands.json").read_text())
        self.compile = {}
        for entry in commands:
            source = pathlib.Path(entry["file"])
            if source.parent == ROOT / "engine/core" and "SLUICE_MUTANT" not in entry["command"]:
                self.compile[source.name] = self.stripped(shlex.split(entry["command"]), source)
        listed = subprocess.run(["ninja", "-C", build, "-t", "commands", "core_property_test"], capture_output=True, text=True, check=True)
        link = listed.stdout.strip().splitlines()[-1]
        self.link = shlex.split(re.sub(r"^: && | && :.*$", "", link))

    @staticmethod
    def stripped(command, source):
        """The compiler with what decides code; warnings, dependency files, sanitizers, optimisation and the compiler cache left out."""
        compiler = next(i for i, word in enumerate(command) if pathlib.Path(word).name.startswith(("c++", "g++", "clang++")))
        kept, skip = [command[compiler]], False
        for word in command[compiler + 1:]:
            if skip:
                skip = False
            elif word in ("-MT", "-MF", "-o"):
                skip = True
            elif word not in ("-MD", "-c", str(source)) and not re.match(r"-(O|W|g|ffile-prefix|fsanitize|fno-sanitize)", word):
                kept.append(word)
        return kept + ["-O1", "-w"]

    def run(self, command):
        done = subprocess.run(command, cwd=self.build, capture_output=True, text=True)
        if done.returncode:
            raise Misfit(f"does not build:\n{' '.join(map(str, command))}\n{done.stderr[-2000:]}")

    def make(self, mutant, folder):
        """The test program with the mutant in it; without one, the same way, if it is None."""
        shutil.copytree(ROOT / "engine/core", folder / "engine/core")
        if mutant is not None:
            file = folder / "engine/core" / mutant.file
            file.write_text(planted(mutant, file.read_text()))
        changed = sorted(self.compile) if mutant is None else mutant.sources or (mutant.file,)
        objects = []
        for source in changed:
            objects.append(folder / (source + ".o"))
            self.run([self.compile[source][0], f"-I{folder}", *self.compile[source][1:], "-o", objects[-1], "-c", folder / "engine/core" / source])
        out = self.link.index("-o")
        self.run([*self.link[:out], *objects, "-o", folder / "core_property_test", *self.link[out + 2:]])
        return folder / "core_property_test"


def passes(program, tests):
    """(whether all passed, how it was noticed). A fault that never ends or ends the program is noticed."""
    listed = subprocess.run([program, "--gtest_list_tests", f"--gtest_filter={tests}"], capture_output=True, text=True, check=True)
    if not re.search(r"^  \S", listed.stdout, re.MULTILINE):
        raise Misfit(f"no test is called {tests}")
    try:
        done = subprocess.run([program, "--gtest_brief=1", "--gtest_fail_fast", f"--gtest_filter={tests}"], capture_output=True, text=True,
                              timeout=SECONDS_MAX, env=dict(os.environ, RC_PARAMS=PARAMETERS), errors="replace")
    except subprocess.TimeoutExpired:
        return False, f"no end within {SECONDS_MAX} s"
    why = re.search(r"^(property \d+ does not hold|differs from the reference exchange|broken): .*", done.stdout, re.MULTILINE)
    test = re.search(r"FAILED  \] (\S+)", done.stdout)
    return done.returncode == 0, f"{test.group(1) if test else 'exit ' + str(done.returncode)}: {why.group(0)[:110] if why else 'an expectation'}"


def judge(tree, mutant, folder):
    begin = time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)
    try:
        survived, how = passes(tree.make(mutant, folder), mutant.tests)
    except Misfit as misfit:
        return mutant.name, "misfit", str(misfit)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    verdict = "survived" if survived else "killed"
    return mutant.name, verdict, f"{mutant.tests if survived else how} ({time.monotonic() - begin:.1f} s)"


def main(build, names):
    wanted = [m for m in core_table.MUTANTS if not names or m.name in names]
    if len({m.name for m in core_table.MUTANTS}) != len(core_table.MUTANTS) or len(wanted) < len(names):
        print("core mutants: a name twice, or one that is not there", file=sys.stderr)
        return 2
    tree = Tree(build)
    # The control: every source built anew in the same way, and nothing planted.
    control = build / "core-mutants/none"
    shutil.rmtree(control, ignore_errors=True)
    unchanged = passes(tree.make(None, control), ":".join(sorted({m.tests for m in wanted})))
    shutil.rmtree(control)
    if not unchanged[0]:
        print(f"core mutants: the tests do not pass without a mutant: {unchanged[1]}", file=sys.stderr)
        return 2
    totals = {"killed": 0, "survived": 0, "misfit": 0}
    with concurrent.futures.ThreadPoolExecutor(max(1, os.cpu_count() or 1)) as pool:
        for name, verdict, how in pool.map(lambda m: judge(tree, m, build / "core-mutants" / m.name), wanted):
            totals[verdict] += 1
            print(f"{verdict}: {name}: {how}", flush=True)
    print(f"core mutants: total={len(wanted)} killed={totals['killed']} survived={totals['survived']} misfit={totals['misfit']}")
    return 2 if totals["misfit"] else 1 if totals["survived"] else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        print(__doc__)
        sys.exit(2)
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]))
