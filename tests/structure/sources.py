"""The project's C++ sources as the structure tests see them. Standard library only."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Longest first: engine/core is a module of its own inside engine/.
MODULES = ("libs/base", "libs/domain", "libs/runtime", "libs/telemetry", "libs/performance", "libs/audit", "libs/eventlog", "libs/protomap",
           "libs/marketdata", "engine/core", "engine", "command", "projections", "query", "cli")

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)


def module_of(path, root=ROOT):
    """The module that a source file belongs to, or None."""
    relative = path.relative_to(root).as_posix()
    return next((m for m in MODULES if relative.startswith(m + "/")), None)


def sources(root=ROOT):
    """Every .h and .cc of every module."""
    for top in sorted({m.split("/")[0] for m in MODULES}):
        for suffix in ("*.h", "*.cc"):
            yield from sorted((root / top).rglob(suffix))


def without_comments(text):
    """`text` with comments and string literals blanked, so that a word in a sentence is not taken for code."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def includes(path):
    """(target, is_system) of each include of a file."""
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    return [(target, bracket == "<") for bracket, target in INCLUDE.findall(text)]


def module_of_include(target):
    """The module that an include names, as our include paths spell it ("base/x.h" is in libs/base), or None."""
    as_written = next((m for m in MODULES if target.startswith(m + "/")), None)
    if as_written:
        return as_written
    return next((m for m in MODULES if m.startswith("libs/") and target.startswith(m[len("libs/"):] + "/")), None)
