"""docs/testing.md is true: every property has tests, and every test it names is there."""
import re
import unittest

import sources

TEST = re.compile(r"\bTEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)")
NAME = re.compile(r"`(\w+)\.(\w+|\*)`")


def tests():
    """Every Suite.Name of the sources."""
    return {match for path in (sources.ROOT / "tests").rglob("*.cc") for match in TEST.findall(path.read_text())}


def rows(page):
    """{property number: [(suite, name)]} of the table."""
    found = re.findall(r"^\| (\d+) [^|]*\|([^|]*)\|$", page, re.MULTILINE)
    return {int(number): NAME.findall(names) for number, names in found}


def missing(named, known):
    suites = {suite for suite, _ in known}
    return [f"{suite}.{name}" for suite, name in named if (suite not in suites if name == "*" else (suite, name) not in known)]


class TestingPage(unittest.TestCase):
    def test_every_property_has_tests_and_all_are_there(self):
        table, known = rows((sources.ROOT / "docs/testing.md").read_text()), tests()
        self.assertEqual(sorted(table), list(range(1, 26)))
        for number, named in table.items():
            self.assertTrue(named, f"property {number} has no test")
            self.assertEqual(missing(named, known), [], f"property {number}")

    def test_what_is_not_there_is_missed(self):
        known = {("A", "B")}
        self.assertEqual(missing([("A", "B"), ("A", "*")], known), [])
        self.assertEqual(missing([("A", "C"), ("Z", "*")], known), ["A.C", "Z.*"])
        self.assertEqual(rows("| 3 x | `A.B`, `C.*` |\n"), {3: [("A", "B"), ("C", "*")]})


if __name__ == "__main__":
    unittest.main()
