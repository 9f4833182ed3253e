"""A running system, a real Prometheus beside it: metrics, documentation, rules, alerts and dashboards speak of the same series."""
import glob
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

SOURCE = pathlib.Path(__file__).resolve().parents[3]
BIN = pathlib.Path(os.environ["SLUICE_BIN_DIR"])
MONITORING = SOURCE / "deploy/monitoring"
# What PromQL calls something itself, where a series could stand.
WORDS = {"by", "on", "without", "and", "or", "unless", "bool", "ignoring", "group_left", "group_right", "offset", "absent", "inf", "nan"}
# What a dashboard would choose for scrapes a second apart.
RATE_INTERVAL = "15s"


def load_script(name):
    loader = importlib.machinery.SourceFileLoader(name, str(SOURCE / "scripts" / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


doc = load_script("telemetry_doc")


def series_in(expression):
    """The series that a PromQL expression names."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]', " ", expression)
    bare = re.sub(r"\b(by|on|without|ignoring)\s*\([^)]*\)", " ", bare)
    return {word for word, follows in re.findall(r"(?<![\w.$])([A-Za-z_:][\w:]*)\b\s*(\(?)", bare) if not follows and word not in WORDS}


def dashboards():
    """(dashboard, panel, expression) of every target."""
    for path in sorted(glob.glob(str(MONITORING / "dashboards/*.json"))):
        board = json.loads(pathlib.Path(path).read_text())
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield board["title"], panel["title"], target["expr"]


def rules():
    """(name, expression, runbook) of every rule; without a YAML library: promtool has checked the form."""
    for path in sorted(glob.glob(str(MONITORING / "rules/*.yml"))):
        text = pathlib.Path(path).read_text()
        for part in re.split(r"\n\s*- (?=alert:|record:)", text)[1:]:
            name = re.match(r"(?:alert|record): (\S+)", part)[1]
            expression = re.search(r"expr: (\|\n(?:\s{10,}.*\n)+|.*)", part)[1].lstrip("|")
            runbook = re.search(r"runbook_url: (\S+)", part)
            yield name, expression, runbook and runbook[1]


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Prometheus:
    """Watches a system, at a pace for tests."""

    def __init__(self, targets):
        self.holder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(self.holder.name)
        config = (MONITORING / "prometheus.yml").read_text().replace("TARGETS", str(targets)).replace("rules/", f"{MONITORING}/rules/")
        (folder / "prometheus.yml").write_text(config.replace("5s", "1s"))
        self.address = f"127.0.0.1:{free_port()}"
        self.log = open(folder / "log", "w")
        self.process = subprocess.Popen(["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                                         f"--web.listen-address={self.address}"], stdout=self.log, stderr=subprocess.STDOUT)

    def ask(self, what, **parameters):
        with urllib.request.urlopen(f"http://{self.address}/api/v1/{what}?{urllib.parse.urlencode(parameters)}", timeout=10) as answer:
            return json.load(answer)["data"]

    def values(self, expression):
        return self.ask("query", query=expression.replace("$__rate_interval", RATE_INTERVAL))["result"]

    def wait_for(self, expression, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if self.values(expression):
                    return
            except OSError:
                pass
            time.sleep(0.2)
        raise AssertionError(f"nothing for {expression}")

    def close(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()
        self.holder.cleanup()


def setUpModule():
    global system, prometheus, metrics, names
    system = doc.System(BIN)
    system.__enter__()
    unittest.addModuleCleanup(system.__exit__)
    prometheus = Prometheus(system.data / "prometheus-targets.json")
    unittest.addModuleCleanup(prometheus.close)
    prometheus.wait_for('count(up == 1) == 3')
    load = system.run("load", "--rate", "200", "--duration", "6", "--kill-every", "2", "--batch", "4")
    assert load.returncode == 0, load.stdout + load.stderr
    system.run("orders", "--account", "L0")
    metrics = doc.settled(system)
    prometheus.wait_for("trading_throughput_messages_per_second > 0")
    prometheus.wait_for("system_cpu_usage_percent > 0")
    prometheus.wait_for("sum(rate(sluice_query_seconds_count[15s])) > 0")  # the last thing that happened has been scraped
    names = set(prometheus.ask("label/__name__/values"))


class Exported(unittest.TestCase):
    def test_promtool_has_nothing_to_say_of_any_service(self):
        for process in system.endpoints["metrics"]:
            checked = subprocess.run(["promtool", "check", "metrics"], input=system.scrape(process), text=True, capture_output=True)
            self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""), process)

    def test_what_others_ask_for_is_there(self):
        exported = set().union(*metrics.values())
        self.assertLessEqual(doc.REQUIRED, exported, "missing")
        self.assertLessEqual({"trading_latency_microseconds", "trading_throughput_messages_per_second", "system_cpu_usage_percent",
                              "system_memory_usage_bytes"}, names)

    def test_the_page_says_what_the_system_exports(self):
        page = doc.PAGE.read_text()
        made = doc.with_tables(page, doc.tables(system))
        self.assertEqual(made, page, "run scripts/telemetry_doc")

    def test_every_series_has_a_meaning(self):
        for process, exposed in metrics.items():
            for name, family in exposed.items():
                self.assertGreater(len(family["help"]), 8, f"{process} {name}")
                self.assertIn(f"| `{name}` |", doc.PAGE.read_text())

    def test_load_is_seen_by_every_stage_that_it_passes(self):
        for series in ("sluice_order_placement_seconds", "sluice_publish_seconds", "sluice_answer_seconds", "sluice_receive_seconds",
                       "sluice_handle_seconds", "risk_governor_decision_latency_seconds", "sluice_kill_stop_seconds",
                       "sluice_project_seconds", "sluice_query_seconds", "risk_governor_recovery_time_seconds", "sluice_audit_anchor_seconds"):
            self.assertTrue(prometheus.values(f"sum({series}_count) > 0"), series)
        counted = float(prometheus.values("sum(sluice_order_placement_seconds_count)")[0]["value"][1])
        answered = float(prometheus.values('sum(sluice_command_results_total{result=~"executed|rejected|repeated"})')[0]["value"][1])
        self.assertGreater(counted, 1000)
        self.assertLessEqual(counted, answered)


class Rules(unittest.TestCase):
    def test_promtool_accepts_rules_and_their_tests(self):
        files = sorted(glob.glob(str(MONITORING / "rules/*.yml")))
        for command in (["check", "rules", *files], ["test", "rules", str(MONITORING / "tests/rules_test.yml")]):
            done = subprocess.run(["promtool", *command], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_prometheus_evaluates_all_of_them(self):
        groups = prometheus.ask("rules")["groups"]
        found = [rule for group in groups for rule in group["rules"]]
        self.assertEqual(len(found), len(list(rules())))
        for rule in found:
            self.assertEqual((rule["health"], rule.get("lastError", "")), ("ok", ""), rule["name"])

    def test_no_rule_names_a_series_that_is_not_there(self):
        for name, expression, _ in rules():
            self.assertTrue(series_in(expression), name)
            self.assertLessEqual(series_in(expression), names, name)

    def test_every_alert_has_a_unit_test_and_a_runbook(self):
        tests = (MONITORING / "tests/rules_test.yml").read_text()
        anchors = set(re.findall(r"^## (\S+)$", (SOURCE / "docs/runbooks.md").read_text(), re.MULTILINE))
        alerts = [(name, runbook) for name, _, runbook in rules() if name.startswith("Sluice")]
        self.assertGreater(len(alerts), 15)
        for name, runbook in alerts:
            self.assertIn(name, tests)
            page, anchor = runbook.split("#")
            self.assertEqual(page, "docs/runbooks.md")
            self.assertIn(anchor, anchors)
        self.assertEqual(anchors, {runbook.split("#")[1] for _, runbook in alerts}, "a runbook without an alert")

    def test_a_healthy_system_has_no_critical_alert(self):
        self.assertEqual(prometheus.values('ALERTS{alertstate="firing", severity="critical"}'), [])


class Dashboards(unittest.TestCase):
    def test_there_are_four(self):
        self.assertEqual({title for title, _, _ in dashboards()},
                         {"Sluice: trading", "Sluice: system", "Sluice: application", "Sluice: kill and audit"})

    def test_no_panel_names_a_series_that_is_not_there(self):
        for title, panel, expression in dashboards():
            self.assertTrue(series_in(expression), panel)
            self.assertLessEqual(series_in(expression), names, f"{title}, {panel}")

    def test_every_panel_shows_something(self):
        for title, panel, expression in dashboards():
            self.assertTrue(prometheus.values(expression), f"{title}, {panel}: {expression}")

    def test_every_exported_series_is_on_a_dashboard_or_in_a_rule(self):
        named = set().union(*(series_in(expression) for _, _, expression in dashboards()), *(series_in(e) for _, e, _ in rules()))
        named = {re.sub(r"_(bucket|sum|count)$", "", name) for name in named} | named
        self.assertEqual(set().union(*metrics.values()) - named, set())


class SelfTest(unittest.TestCase):
    def test_series_are_found_in_expressions(self):
        self.assertEqual(series_in('100 * sum by (process) (rate(a_total{state!="idle"}[1m])) / on (x) b offset 5m or absent(c)'), {"a_total", "b", "c", "m"} - {"m"})
        self.assertEqual(series_in("histogram_quantile(0.99, sum by (le, shard) (rate(x_bucket[$__rate_interval])))"), {"x_bucket"})
        self.assertEqual(series_in("time() - start_seconds"), {"start_seconds"})

    def test_a_series_that_is_gone_is_noticed(self):
        self.assertFalse(series_in("sum(sluice_no_such_series)") <= names)

    def test_a_page_that_says_otherwise_is_noticed(self):
        page = doc.PAGE.read_text().replace("| `process_threads` |", "| `process_thread` |")
        self.assertNotEqual(doc.with_tables(page, doc.tables(system)), page)


if __name__ == "__main__":
    unittest.main()
