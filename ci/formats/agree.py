"""Checks that what a reader shows of a run agrees with the run's JSON lines.

agree.py RUN.jsonl kunit TEXT    what `kunit.py parse` printed
agree.py RUN.jsonl viewer TEXT   what `junit2html --summary-matrix` printed
"""

import json
import re
import sys

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


def told(path):
    """Each trial with how it ended, in the words of readers; known deviations keep their own."""
    trials = {}
    for line in open(path, encoding="utf-8"):
        event = json.loads(line)
        if event["event"] == "trial-finished":
            outcome = event["outcome"]
            kind = outcome if isinstance(outcome, str) else next(iter(outcome))
            name = "::".join(event["id"][part] for part in ("machine", "mode", "path", "case"))
            trials[name] = {"pass": PASSED, "known": "known", "skipped": SKIPPED}.get(kind, FAILED)
    return trials


def kunit(text):
    """kunit.py takes the directive XFAIL for a pass."""
    seen = {name: word.lower() for word, name in re.findall(r"\] \[(PASSED|FAILED|SKIPPED)\] (\S+)", text)}
    count = lambda word: list(seen.values()).count(word)
    total = f"Ran {len(seen)} tests: passed: {count(PASSED)}, failed: {count(FAILED)}, skipped: {count(SKIPPED)}\n"
    if total not in text:
        sys.exit(f"kunit.py does not say: {total}{text[-400:]}")
    return seen, PASSED


def viewer(text):
    """A machine is a suite, and a known deviation a skipped test."""
    words = {"/": PASSED, "f": FAILED, "s": SKIPPED}
    seen, machine = {}, None
    for line in text.splitlines():
        if match := re.match(r"- (\S+) +([/fs]) ", line):
            seen[f"{machine}::{match[1]}"] = words[match[2]]
        elif re.match(r"[a-z:-]+ *$", line):
            machine = line.strip()
    return seen, SKIPPED


def main(run, reader, text):
    trials = told(run)
    read = {"kunit": kunit, "viewer": viewer}[reader]
    seen, known = read(open(text, encoding="utf-8").read())
    wanted = {name: known if how == "known" else how for name, how in trials.items()}
    missing = {"known", PASSED, FAILED, SKIPPED} - set(trials.values())
    if missing:
        sys.exit(f"the run shows nothing of {missing}: it is no test of a reader")
    if seen != wanted:
        names = sorted(name for name in seen.keys() | wanted.keys() if seen.get(name) != wanted.get(name))
        sys.exit("\n".join(f"{name}: the run says {wanted.get(name)}, {reader} {seen.get(name)}" for name in names))
    print(f"{reader} reads all {len(seen)} trials as they ended")


main(*sys.argv[1:])
