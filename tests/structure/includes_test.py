"""Who may include whom (DESIGN, 'The layout'): arrows point one way, modules form no cycle, and only main files name concrete classes."""
import pathlib
import tempfile
import unittest

import sources

VALUES = {"libs/base", "libs/domain"}
PLUMBING = VALUES | {"libs/runtime", "libs/telemetry", "libs/performance", "libs/audit"}
# What each module may include, besides itself.
ALLOWED = {
    "libs/base": set(),
    "libs/domain": {"libs/base"},
    "libs/runtime": VALUES,
    "libs/telemetry": VALUES | {"libs/runtime"},
    "libs/performance": VALUES | {"libs/runtime", "libs/telemetry"},
    "libs/audit": VALUES | {"libs/runtime", "libs/telemetry"},
    "libs/eventlog": VALUES | {"libs/runtime", "libs/telemetry"},
    "libs/protomap": VALUES,
    "libs/marketdata": VALUES,
    "engine/core": VALUES,
    "engine": PLUMBING | {"libs/eventlog", "libs/protomap", "engine/core"},
    "command": PLUMBING | {"libs/eventlog", "libs/protomap"},
    "projections": PLUMBING | {"libs/eventlog"},
    "query": PLUMBING | {"libs/eventlog", "libs/protomap", "projections"},
    # Tools look at everything that can be a library; services they start as processes.
    "cli": PLUMBING | {"libs/eventlog", "libs/protomap", "libs/marketdata", "engine", "engine/core", "projections"},
}

# External headers and the only modules that may see them.
EXTERNAL = {
    "_generated.h": {"libs/eventlog"},                       # FlatBuffers: bytes of the log
    "sluice/v1/": {"libs/protomap", "libs/performance", "engine", "command", "query", "cli"},  # what clients see
    "grpc": {"libs/runtime", "libs/performance", "engine", "command", "query", "cli"},
    "google/": {"libs/runtime", "libs/protomap", "command", "query", "cli"},
    "rocksdb/": {"projections"},
    "openssl/": {"libs/eventlog", "libs/audit"},
    "prometheus/": {"libs/telemetry"},
    "spdlog/": {"libs/runtime"},
    "CLI/": {"libs/runtime", "cli"},
    "nlohmann/": {"libs/runtime", "libs/eventlog", "libs/telemetry", "libs/audit", "cli"},
}
# The core: no I/O, clock, threads, chance, and nothing whose order of iteration differs between machines.
NOT_IN_CORE = {"chrono", "condition_variable", "filesystem", "fstream", "functional", "future", "iostream", "mutex", "ostream", "random",
               "sstream", "stop_token", "thread", "unordered_map", "unordered_set", "cstdio", "ctime", "unistd.h"}
# Headers of implementations behind a port. Services name them only where they are put together; tools are such a place.
CONCRETE = {"eventlog/jetstream_log.h", "eventlog/memory_log.h"}


def external_rule(target):
    return next((owners for prefix, owners in EXTERNAL.items()
                 if target.startswith(prefix) or (prefix.startswith("_") and target.endswith(prefix))), None)


def may_name_concrete(path, module):
    return module in ("libs/eventlog", "cli") or path.name == "main.cc"


def violations_of(path, module):
    """One sentence for each include of `path` that the layout forbids."""
    found = []
    for target, system in sources.includes(path):
        other = None if system else sources.module_of_include(target)
        if other and other != module and other not in ALLOWED[module]:
            found.append(f"{module} must not include {other} ({target})")
        owners = external_rule(target)
        if owners is not None and other is None and module not in owners:
            found.append(f"{module} must not include {target}; only {', '.join(sorted(owners))} may")
        if module == "engine/core" and target in NOT_IN_CORE:
            found.append(f"engine/core must not include <{target}>")
        if target in CONCRETE and not may_name_concrete(path, module):
            found.append(f"only main files name concrete classes ({target})")
    return found


def scan(root=sources.ROOT):
    """All violations with their file, and the edges between modules that exist."""
    found, edges = [], {}
    for path in sources.sources(root):
        module = sources.module_of(path, root)
        if module is None:
            continue
        found += [f"{path.relative_to(root)}: {what}" for what in violations_of(path, module)]
        for target, system in sources.includes(path):
            other = None if system else sources.module_of_include(target)
            if other and other != module:
                edges.setdefault(module, set()).add(other)
    return found, edges


def find_cycle(edges):
    """A cycle as a list of modules, or None."""
    done, path = set(), []

    def visit(module):
        if module in path:
            return path[path.index(module):] + [module]
        if module in done:
            return None
        path.append(module)
        for other in sorted(edges.get(module, ())):
            cycle = visit(other)
            if cycle:
                return cycle
        path.pop()
        done.add(module)
        return None

    return next(filter(None, map(visit, sorted(edges))), None)


class Layout(unittest.TestCase):
    def test_no_forbidden_include(self):
        found, _ = scan()
        self.assertEqual(found, [], "\n" + "\n".join(found))

    def test_no_cycle_between_modules(self):
        _, edges = scan()
        self.assertIsNone(find_cycle(edges))

    def test_the_allowed_edges_have_no_cycle_either(self):
        self.assertIsNone(find_cycle(ALLOWED))

    def test_every_module_with_sources_is_in_the_table(self):
        unknown = [str(p) for p in sources.sources() if sources.module_of(p) not in ALLOWED]
        self.assertEqual(unknown, [])

    def test_the_scan_sees_the_project(self):
        _, edges = scan()
        self.assertIn("libs/domain", edges["engine/core"])
        self.assertGreater(len(list(sources.sources())), 100)


class SelfTest(unittest.TestCase):
    """A planted bad include is caught."""

    def planted(self, file, text):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            path = root / file
            path.parent.mkdir(parents=True)
            path.write_text(text)
            return scan(root)

    def test_a_bad_include_is_caught(self):
        for file, text in (("engine/core/engine.cc", '#include "eventlog/codec.h"\n'), ("engine/core/engine.cc", "#include <thread>\n"),
                           ("command/x.cc", '#include "engine/recovery.h"\n'), ("command/x.cc", '#include "engine/core/state.h"\n'),
                           ("query/x.cc", '#include "command/directory.h"\n'), ("libs/domain/x.h", '  #  include "runtime/clock.h"\n'),
                           ("libs/base/x.h", "#include <grpcpp/grpcpp.h>\n"), ("projections/x.cc", '#include "event_generated.h"\n'),
                           ("query/x.cc", "#include <rocksdb/db.h>\n"), ("query/query_app.cc", '#include "eventlog/jetstream_log.h"\n'),
                           ("engine/x.cc", '#include "projections/store.h"\n')):
            found, _ = self.planted(file, text)
            self.assertEqual(len(found), 1, f"{file}: {text}")

    def test_what_is_allowed_or_a_comment_is_not_caught(self):
        for file, text in (("engine/core/engine.cc", '#include "domain/events.h"\n// #include <thread>\n'),
                           ("query/main.cc", '#include "eventlog/jetstream_log.h"\n'), ("engine/x.cc", '#include "engine/core/state.h"\n')):
            self.assertEqual(self.planted(file, text)[0], [], f"{file}: {text}")

    def test_a_cycle_is_found(self):
        self.assertEqual(find_cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}}), ["b", "c", "b"])
        self.assertIsNone(find_cycle({"a": {"b", "c"}, "b": {"c"}}))


if __name__ == "__main__":
    unittest.main()
