"""Draws a flame graph (SVG) and prints the hottest functions. scripts/profile uses it.

Usage: flamegraph.py perf|folded FILE --svg OUT [--title TEXT] [--unit WORD] [--top N]
  perf     text of `perf script -F comm,tid,ip,sym,dso`: the thread's name becomes the root of each stack
  folded   a stack a line, `outer;inner COST`, as heaptrack_print -F writes it
Exit code 1 if there is no stack in FILE. Standard library only."""
import argparse
import collections
import html
import os
import re
import sys
import zlib

WIDTH, ROW, TOP, CHARACTER = 1200, 17, 54, 6.6  # pixels; CHARACTER: mean width of one at the font size below
NARROWEST = 0.2                                  # pixels; narrower frames are left out of the picture, never of a sum
NAME_MAX = 120                                   # of a line of the table; the picture's tooltips have whole names
FRAME = re.compile(r"^\s+[0-9a-f]+ (.*) \((.*)\)$")
THREAD = re.compile(r"^\s*(.*?)\s+-?\d+\s*$")  # a name may hold spaces and digits

# Click: that frame becomes as wide as the picture. Search: what matches is marked, and its share is shown.
SCRIPT = """
const all = [...document.querySelectorAll('g.f')], W = %d, C = %s;
function show(x0, w0) {
  for (const g of all) {
    const x = (+g.dataset.x - x0) / w0 * W, w = +g.dataset.w / w0 * W, hidden = x + w <= 0.01 || x >= W - 0.01;
    g.style.display = hidden ? 'none' : '';
    if (hidden) continue;
    const left = Math.max(x, 0), width = Math.min(x + w, W) - left, rect = g.querySelector('rect'), text = g.querySelector('text');
    rect.setAttribute('x', left); rect.setAttribute('width', width); text.setAttribute('x', left + 3);
    const name = g.dataset.n.replace(/^sluice::/, ''), fits = Math.floor((width - 6) / C);
    text.textContent = fits >= name.length ? name : fits > 3 ? name.slice(0, fits - 1) + '\\u2026' : '';
  }
}
for (const g of all) g.addEventListener('click', () => show(+g.dataset.x, +g.dataset.w));
document.getElementById('reset').addEventListener('click', () => show(0, 1));
document.getElementById('search').addEventListener('click', () => {
  const word = prompt('Functions whose name contains (regular expression; empty: none)');
  if (word === null) return;
  let pattern;
  try { pattern = new RegExp(word); } catch (error) { return alert(error.message); }
  const spans = [];
  for (const g of all) {
    const hit = word !== '' && pattern.test(g.dataset.n);
    g.classList.toggle('hit', hit);
    if (hit) spans.push([+g.dataset.x, +g.dataset.x + +g.dataset.w]);
  }
  let share = 0, end = 0;
  for (const [from, to] of spans.sort((a, b) => a[0] - b[0])) { share += Math.max(0, to - Math.max(from, end)); end = Math.max(end, to); }
  document.getElementById('share').textContent = word === '' ? '' : (share * 100).toFixed(1) + ' %% match';
});
"""


def frame_name(symbol, module):
    """What is shown of a frame: its function, or where it lies if its module has no symbol for it."""
    if symbol.strip() in ("", "[unknown]"):
        return f"[{os.path.basename(module).strip('[]')}]"
    return f"{symbol}_[k]" if module.startswith("[kernel") else symbol


def fold_perf(lines):
    """Counter of stacks (tuples, outermost first) of perf's text: blocks of a header and frames, innermost first."""
    stacks, thread, frames = collections.Counter(), None, []

    def end():
        if thread is not None:
            # Neighbours without a symbol are one step: nothing tells them apart.
            merged = [name for i, name in enumerate(frames) if i == 0 or name != frames[i - 1] or not name.startswith("[")]
            stacks[(thread, *reversed(merged or ["[no stack]"]))] += 1

    for line in lines:
        frame = FRAME.match(line)
        if not line.strip():
            end()
            thread, frames = None, []
        elif thread is None:
            header = THREAD.match(line)
            thread = header.group(1) if header else line.strip()
        elif frame:
            frames.append(frame_name(*frame.groups()))
    end()
    return stacks


def escaped(name):
    """Fit for XML, which cannot hold most control characters in any spelling."""
    return html.escape(re.sub(r"[\x00-\x1f\x7f]", "?", name))


def fold_folded(lines):
    stacks = collections.Counter()
    for line in lines:
        stack, _, cost = line.rstrip().rpartition(" ")
        # heaptrack ends every stack with a ";", and gives the address of what has no symbol.
        names = [re.sub(r"^0x[0-9a-f]+\b.*", "[no symbol]", name) for name in stack.rstrip(";").split(";")]
        if stack and cost.isdigit() and int(cost) > 0:
            stacks[tuple(names)] += int(cost)
    return stacks


def boxes(stacks):
    """(depth, start, cost, name) of every frame, in the units of the costs; siblings by name, so that equal runs look alike."""
    found = []

    def place(level, group, start):
        by_name = collections.defaultdict(list)
        for stack, cost in group:
            if len(stack) > level:
                by_name[stack[level]].append((stack, cost))
        for name in sorted(by_name):
            cost = sum(c for _, c in by_name[name])
            found.append((level, start, cost, name))
            place(level + 1, by_name[name], start)
            start += cost

    sys.setrecursionlimit(10_000)
    place(0, list(stacks.items()), 0)
    return found


def colour(name):
    """Ours are orange, the kernel's blue, everybody else's grey-green; the shade only tells neighbours apart."""
    shade = zlib.crc32(name.encode()) % 20
    hue, saturation = (28, 85) if "sluice" in name else (215, 55) if name.endswith("_[k]") else (95, 25)
    return f"hsl({hue},{saturation}%,{62 + shade}%)"


def svg(stacks, title, unit):
    total = sum(stacks.values())
    every = boxes(stacks)
    depth = max(level for level, *_ in every) + 1
    height = TOP + depth * ROW + 10
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="monospace" font-size="11">',
           "<style>g.f{cursor:pointer} g.f:hover rect{stroke:#000} g.hit rect{fill:#d0f} .b{cursor:pointer;fill:#06c}</style>",
           f'<rect width="{WIDTH}" height="{height}" fill="#fff"/><text x="8" y="20" font-size="15">{escaped(title)}</text>',
           f'<text x="8" y="40">{total:,} {escaped(unit)}</text><text id="reset" class="b" x="960" y="20">whole</text>',
           '<text id="search" class="b" x="1020" y="20">search</text><text id="share" x="1090" y="20"/>']
    for level, start, cost, name in every:
        x, width = start / total, cost / total
        if width * WIDTH < NARROWEST:
            continue
        y = height - 10 - (level + 1) * ROW
        shown, fits = name.removeprefix("sluice::"), int((width * WIDTH - 6) / CHARACTER)
        if fits < len(shown):
            shown = shown[:fits - 1] + "…" if fits > 3 else ""
        safe = escaped(name)
        out.append(f'<g class="f" data-x="{x:.8f}" data-w="{width:.8f}" data-n="{safe}"><title>{safe}: {cost:,} {escaped(unit)}, '
                   f'{width:.2%}</title><rect x="{x * WIDTH:.2f}" y="{y}" width="{width * WIDTH:.2f}" height="{ROW - 1}" '
                   f'fill="{colour(name)}"/><text x="{x * WIDTH + 3:.2f}" y="{y + 12}" pointer-events="none">{escaped(shown)}</text></g>')
    out.append(f"<script><![CDATA[{SCRIPT % (WIDTH, CHARACTER)}]]></script></svg>\n")
    return "\n".join(out)


def table(stacks, top, unit, by_root):
    """The hottest by what they cost themselves, and the outermost frames (threads, of a CPU profile)."""
    total = sum(stacks.values())
    own, roots = collections.Counter(), collections.Counter()
    for stack, cost in stacks.items():
        own[stack[-1]] += cost
        roots[stack[0]] += cost

    def rows(counter):
        return [f"{cost / total:7.1%} {cost:>14,}  {name if len(name) <= NAME_MAX else name[:NAME_MAX - 1] + '…'}" for name, cost in counter.most_common(top)]

    threads = ["", f" thread {unit:>14}  name", *rows(roots)] if by_root else []
    return "\n".join([f"   self {unit:>14}  function ({total:,} in all)", *rows(own), *threads])


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("format", choices=("perf", "folded"))
    parser.add_argument("file")
    parser.add_argument("--svg", required=True)
    parser.add_argument("--title", default="Flame graph")
    parser.add_argument("--unit", default="samples")
    parser.add_argument("--top", type=int, default=15)
    options = parser.parse_args(arguments)
    with open(options.file, encoding="utf-8", errors="replace") as lines:
        stacks = fold_perf(lines) if options.format == "perf" else fold_folded(lines)
    if not stacks:
        print(f"error: no stack in {options.file}", file=sys.stderr)
        return 1
    with open(options.svg, "w", encoding="utf-8") as file:
        file.write(svg(stacks, options.title, options.unit))
    print(table(stacks, options.top, options.unit, by_root=options.format == "perf"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
