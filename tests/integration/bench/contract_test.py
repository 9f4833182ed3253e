"""What every bench promises (docs/BENCHMARKS.md, "The contract"), held against real, very short runs of the benches that are built."""
import json
import math
import os
import pathlib
import subprocess
import unittest

BIN = pathlib.Path(os.environ["SLUICE_BIN_DIR"])
SHORT = ("--slice-ms", "50", "--rounds", "2")
KEYS = ["name", "metric", "value", "unit", "samples", "workload", "reference", "reference_value", "ratio", "better", "ci_low", "ci_high",
        "machine", "commit"]


def run(bench, *arguments, short=SHORT, **environment):
    return subprocess.run([BIN / f"bench_{bench}", "--output", "json", "--commit", "abc1234", *short, *arguments], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ, **environment), timeout=150)


class Contract(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.result = run("chain")
        # A line that is not JSON fails here, for all tests: standard output is nothing else.
        cls.rows = [json.loads(line) for line in cls.result.stdout.splitlines()]

    def test_it_ends_well(self):
        self.assertEqual(self.result.returncode, 0, self.result.stderr)

    def test_each_line_has_exactly_the_keys_with_their_types(self):
        for row in self.rows:
            self.assertEqual(list(row), KEYS)
            for key in ("name", "metric", "unit", "workload", "machine", "commit"):
                self.assertIsInstance(row[key], str, key)
                self.assertTrue(row[key], key)
            for key in ("value", "ci_low", "ci_high"):
                self.assertIsInstance(row[key], float, key)
                self.assertTrue(math.isfinite(row[key]), key)
            self.assertIs(type(row["samples"]), int)
            self.assertGreater(row["samples"], 0)
            self.assertIn(row["better"], ("lower", "higher"))
            self.assertEqual((row["name"], row["commit"]), ("chain", "abc1234"))

    def test_the_value_lies_in_its_confidence_interval(self):
        for row in self.rows:
            self.assertLessEqual(row["ci_low"], row["value"], row)
            self.assertLessEqual(row["value"], row["ci_high"], row)

    def test_the_ratio_is_value_by_reference_or_all_three_are_null(self):
        for row in self.rows:
            if row["reference"] is None:
                self.assertEqual((row["reference_value"], row["ratio"]), (None, None), row)
            else:
                self.assertIsInstance(row["reference"], str)
                self.assertGreater(row["reference_value"], 0)
                self.assertAlmostEqual(row["ratio"], row["value"] / row["reference_value"], delta=1e-9 * row["ratio"])

    def test_every_metric_is_there_once(self):
        metrics = [row["metric"] for row in self.rows]
        self.assertEqual(len(metrics), len(set(metrics)))
        expected = {f"synced.{rate}.{way}.p50" for rate in ("1k", "10k")
                    for way in ("floor.grpc_unary", "floor.grpc_stream", "floor.append", "floor.two_hops", "unary.logged", "unary.executed",
                                "stream.logged", "stream.executed")}
        expected |= {f"unsynced.1k.{way}.p50" for way in ("floor.append", "floor.two_hops", "unary.logged", "unary.executed")}
        expected |= {f"synced.executed.batch{batch}" for batch in (1, 8, 32, 128, 512)}
        expected |= {"unsynced.executed.batch1", "unsynced.executed.batch512", "replay.floor.raw_read", "replay.state",
                     "replay.read_models"}
        self.assertLessEqual(expected, set(metrics))

    def test_what_is_no_floor_has_a_reference(self):
        for row in self.rows:
            self.assertEqual(row["reference"] is None, ".floor." in row["metric"], row["metric"])

    def test_rates_are_better_higher_and_latencies_lower(self):
        for row in self.rows:
            self.assertEqual(row["better"], "lower" if row["unit"] == "us" else "higher", row["metric"])

    def test_progress_and_disturbances_are_on_standard_error(self):
        self.assertIn("bench chain: synced, latency at 1000/s, round 1 of 2", self.result.stderr)
        self.assertRegex(self.result.stderr, r"chain: \d+ involuntary context switches here, \d+ in ended children, -?[\d.]+ s stolen; included")

    def test_a_percentile_that_is_not_resolved_is_said_and_left_out(self):
        self.assertIn("synced.1k.unary.logged.p99: not resolved by", self.result.stderr)
        self.assertNotIn("synced.1k.unary.logged.p99", [row["metric"] for row in self.rows])


class InProcess(unittest.TestCase):
    """The benches without a log: small runs, the same shape, and the metrics that others look for."""

    def rows(self, bench, *short):
        result = run(bench, short=("--rounds", "2", *short))
        self.assertEqual(result.returncode, 0, result.stderr)
        rows = [json.loads(line) for line in result.stdout.splitlines()]
        for row in rows:
            self.assertEqual(list(row), KEYS)
            self.assertLessEqual(row["ci_low"], row["value"], row)
            self.assertLessEqual(row["value"], row["ci_high"], row)
            self.assertEqual((row["name"], row["commit"]), (bench, "abc1234"))
        return {row["metric"]: row for row in rows}, result.stderr

    def test_book(self):
        rows, said = self.rows("book", "--commands", "20000", "--thin", "50")
        for setting in ("1x1000", "1x10000", "100x1000", "100x10000"):
            self.assertEqual(rows[f"{setting}.mixed.ops_per_s"]["unit"], "ops/s")
            for action in ("new", "ioc", "cancel", "replace"):
                for quantile in ("p50", "p99", "p99.9", "max"):
                    self.assertEqual(rows[f"{setting}.{action}.{quantile}"]["unit"], "ns")
            self.assertRegex(said, rf"{setting}: hash \d+, accepted \d+, trades \d+, cancelled \d+, rejected 0, .*; the peer agrees")

    def test_itch(self):
        rows, said = self.rows("itch", "--messages", "50000")
        self.assertEqual(set(rows), {"floor.read", "parse.messages_per_s", "books.messages_per_s"})
        self.assertIn("as the generator says", said)


    def test_audit(self):
        rows, said = self.rows("audit", "--records", "20000", "--total", "400000", "--kills", "2")
        for quantile in ("p50", "p99", "p99.9"):
            for what in ("record", "peer.write", "peer.spdlog_async"):
                self.assertEqual(rows[f"{what}.{quantile}"]["unit"], "ns")
        self.assertEqual(rows["records.total"]["value"], 400_000)
        for metric in ("records.lost", "kill.anchored_lost", "kill.not_verified"):
            self.assertEqual(rows[metric]["value"], 0)
        self.assertEqual(rows["verify.records_per_s"]["unit"], "records/s")
        self.assertIn("nothing lost, all verified", said)


class Failing(unittest.TestCase):
    def test_a_part_that_fails_makes_it_exit_1_with_its_name(self):
        result = run("chain", SLUICE_NATS_SERVER="/nonexistent/nats-server")
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("bench chain: error: start: nats ended", result.stderr)
        self.assertIn("involuntary context switches", result.stderr)


if __name__ == "__main__":
    unittest.main()
