"""scripts/flamegraph.py: what perf and heaptrack write becomes well-formed SVG whose widths are the shares."""
import contextlib
import io
import pathlib
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

import sources

sys.path.insert(0, str(sources.ROOT / "scripts"))
import flamegraph  # noqa: E402

# As `perf script -F comm,tid,ip,sym,dso` writes it: 3 samples of executing, 1 of a thread with a space and a digit in its name.
PERF = """executing 22110 
\t           d671f sluice::core::Engine::decide<(sluice::Kind)1> (/usr/bin/sluice-engine)
\t           891f4 start_thread (/usr/lib/x86_64-linux-gnu/libc.so.6)

executing 22110 
\tffffffff82010103 tcp_sendmsg (/proc/kcore)
\t          4225c1 [unknown] (/usr/lib/x86_64-linux-gnu/libgrpc.so.29.0.0)
\t          422f0a [unknown] (/usr/lib/x86_64-linux-gnu/libgrpc.so.29.0.0)
\t           891f4 start_thread (/usr/lib/x86_64-linux-gnu/libc.so.6)

executing 22110 
\tffffffff816bd7c3 fput ([kernel.kallsyms])
\t           891f4 start_thread (/usr/lib/x86_64-linux-gnu/libc.so.6)

lane 2 22111 
\t           d671f a & b <"c"> (/usr/bin/sluice-engine)
"""
SVG = "{http://www.w3.org/2000/svg}"


class Flamegraph(unittest.TestCase):
    def draw(self, form, text):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
            given, svg = pathlib.Path(folder) / "in", pathlib.Path(folder) / "out.svg"
            given.write_text(text)
            code = flamegraph.main([form, str(given), "--svg", str(svg), "--title", "<load> & more"])
            return code, svg.read_text() if svg.exists() else None, out.getvalue(), err.getvalue()

    def frames(self, svg):
        """name → (share by the data, share by the drawn width)."""
        root = xml.fromstring(svg)
        return {g.get("data-n"): (float(g.get("data-w")), float(g.find(SVG + "rect").get("width")) / flamegraph.WIDTH) for g in root.iter(SVG + "g")}

    def test_widths_are_the_shares_of_the_samples(self):
        code, svg, _, _ = self.draw("perf", PERF)
        self.assertEqual(code, 0)
        frames = self.frames(svg)
        for name, share in (("executing", 0.75), ("lane 2", 0.25), ("start_thread", 0.75), ("fput_[k]", 0.25), ('a & b <"c">', 0.25)):
            for width in frames[name]:
                self.assertAlmostEqual(width, share, places=4, msg=name)

    def test_the_outermost_frame_is_at_the_bottom_and_a_callee_lies_on_its_caller(self):
        boxes = {name: (level, start, cost) for level, start, cost, name in flamegraph.boxes(flamegraph.fold_perf(PERF.splitlines()))}
        self.assertEqual([boxes[name][0] for name in ("executing", "start_thread", "fput_[k]")], [0, 1, 2])
        for level, start, cost in boxes.values():
            self.assertTrue(level == 0 or any(l == level - 1 and s <= start and start + cost <= s + c for l, s, c in boxes.values()))

    def test_names_and_title_are_escaped_and_the_xml_is_well_formed(self):
        _, svg, _, _ = self.draw("perf", PERF)
        titles = [title.text for title in xml.fromstring(svg).iter(SVG + "title")]
        self.assertIn('a & b <"c">: 1 samples, 25.00%', titles)
        self.assertIn("&lt;load&gt; &amp; more", svg)
        self.assertEqual(self.draw("folded", "bad\x01name;x 1\n")[0], 0)
        xml.fromstring(self.draw("folded", "bad\x01name;x 1\n")[1])

    def test_what_has_no_symbol_shows_its_module_once(self):
        self.assertEqual(flamegraph.fold_perf(PERF.splitlines())[("executing", "start_thread", "[libgrpc.so.29.0.0]", "tcp_sendmsg")], 1)

    def test_the_table_is_by_self_cost_and_by_thread(self):
        _, _, table, _ = self.draw("perf", (PERF + "\n") * 2 + PERF.split("\n\n", 1)[0] + "\n")
        lines = table.splitlines()
        self.assertIn("sluice::core::Engine::decide<(sluice::Kind)1>", lines[1])
        self.assertIn("3", lines[1].split())
        self.assertTrue(any(line.endswith("  executing") and "77.8%" in line for line in lines))

    def test_folded_stacks_carry_their_cost(self):
        _, svg, table, _ = self.draw("folded", "main;f(int, char);g; 300\nmain;0x7fcb0c4bfb9f (rtld.c) 100\nmain 0\n")
        frames = self.frames(svg)
        self.assertAlmostEqual(frames["g"][0], 0.75)
        self.assertAlmostEqual(frames["[no symbol]"][0], 0.25)
        self.assertIn("(400 in all)", table)

    def test_without_a_stack_it_is_an_error_and_nothing_is_written(self):
        for form in ("perf", "folded"):
            code, svg, out, err = self.draw(form, "\n")
            self.assertEqual((code, svg, out), (1, None, ""))
            self.assertIn("error: no stack in", err)


if __name__ == "__main__":
    unittest.main()
