"""scripts/bench_compare.py says "worse" when, and only when, a ratio is worse beyond both confidence intervals."""
import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest

import sources

sys.path.insert(0, str(sources.ROOT / "scripts"))
import bench_compare  # noqa: E402


def row(metric, value, spread, reference=100.0, better="lower"):
    return {"name": "chain", "metric": metric, "value": value, "reference": "floor", "reference_value": reference,
            "ratio": value / reference if reference else None, "better": better, "ci_low": value - spread, "ci_high": value + spread}


class Compare(unittest.TestCase):
    def compare(self, old, new):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as said:
            paths = []
            for name, rows in (("old", old), ("new", new)):
                path = pathlib.Path(folder) / name
                path.write_text("".join(json.dumps(r) + "\n" for r in rows))
                paths.append(str(path))
            return bench_compare.main(*paths), said.getvalue()

    def test_noise_within_the_intervals_is_no_change(self):
        self.assertEqual(self.compare([row("p50", 150, 10)], [row("p50", 165, 10)])[0], 0)

    def test_a_latency_beyond_both_intervals_is_worse(self):
        code, said = self.compare([row("p50", 150, 10)], [row("p50", 175, 10)])
        self.assertEqual(code, 1)
        self.assertIn("chain p50: 1.50 -> 1.75  WORSE", said)

    def test_a_better_latency_is_not_worse(self):
        self.assertEqual(self.compare([row("p50", 150, 10)], [row("p50", 100, 5)])[0], 0)

    def test_a_lower_rate_is_worse_where_higher_is_better(self):
        old, new = [row("rate", 900, 10, better="higher")], [row("rate", 800, 10, better="higher")]
        self.assertEqual(self.compare(old, new)[0], 1)
        self.assertEqual(self.compare(new, old)[0], 0)

    def test_only_the_ratio_counts_not_the_machine(self):
        self.assertEqual(self.compare([row("p50", 150, 10)], [row("p50", 450, 30, reference=300.0)])[0], 0)

    def test_what_is_not_measured_any_more_fails(self):
        self.assertEqual(self.compare([row("p50", 150, 10)], [])[0], 1)

    def test_a_baseline_without_ratios_compares_nothing_and_fails(self):
        free = dict(row("p50", 150, 10), ratio=None, reference=None, reference_value=None)
        self.assertEqual(self.compare([free], [free])[0], 1)


if __name__ == "__main__":
    unittest.main()
