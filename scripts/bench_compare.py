"""Compares the ratios of two benchmark runs (JSON lines). Usage: bench_compare.py BASELINE RUN; exit code 1 if one is worse.

A ratio is worse if its confidence interval lies wholly on the wrong side of the baseline's. Absolute values are never compared: the
machine of the baseline was another one, or in another mood."""
import json
import sys


def read(path):
    rows = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if row["ratio"] is not None:
                rows[row["name"], row["metric"]] = row
    return rows


def interval(row):
    return row["ci_low"] / row["reference_value"], row["ci_high"] / row["reference_value"]


def is_worse(old, new):
    (old_low, old_high), (new_low, new_high) = interval(old), interval(new)
    return new_low > old_high if new["better"] == "lower" else new_high < old_low


def main(baseline, run):
    old, new = read(baseline), read(run)
    worse = 0
    for key in sorted(old):
        if key not in new:
            print(f"{' '.join(key)}: not measured any more")
            worse += 1
            continue
        bad = is_worse(old[key], new[key])
        worse += bad
        print(f"{' '.join(key)}: {old[key]['ratio']:.2f} -> {new[key]['ratio']:.2f}{'  WORSE' if bad else ''}")
    print(f"{len(old)} ratios compared, {worse} worse")
    return 1 if worse or not old else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
