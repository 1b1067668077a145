"""Record the scenarios with the real engine.

record.py [--check] [SCENARIO_DIR…]

Each scenario runs in a folder of its own, with the `pulumi` on PATH and the current Python, one resource at a time. The
results are written to the scenario's golden.json. A step that differs from the previous recording is shown with both
results. `--check` writes nothing, and fails if a step differs.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "support"))

import conformance
from rehearsal import Project
from rehearsal.real_engine.cli import NoRealEngine, installed_cli
from rehearsal.real_engine.stack import PulumiStack


def say(text):
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def record(scenario):
    """Run a scenario on the real engine; return the results of its steps in the format of golden.json."""
    with tempfile.TemporaryDirectory(prefix="conformance-") as name:
        folder = Path(name).resolve()
        steps = conformance.set_up(scenario, folder)
        cloud = folder / "cloud.json"
        os.environ["TOY_CLOUD"] = str(cloud)
        with PulumiStack(Project.load(folder), clouds=[]) as stack:
            return [conformance.run_step(stack, step, cloud, parallel=1) for step in steps]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("scenarios", nargs="*", type=Path)
    args = parser.parse_args()
    try:
        engine = f"pulumi {installed_cli().version}"
    except NoRealEngine as error:
        sys.exit(f"record: {error}; `make record` has one by `make pulumi`")
    say(f"recording with {engine}")
    changed = 0
    for scenario in args.scenarios or [conformance.HERE / name for name in conformance.SCENARIOS]:
        steps = record(scenario)
        file = scenario / "golden.json"
        before = conformance.load_recording(scenario)["steps"] if file.exists() else []
        asked = json.loads((scenario / "scenario.json").read_text(encoding="utf-8"))["steps"]
        found = [
            problem
            for number, (step, want, got) in enumerate(zip(asked, before, steps, strict=False), 1)
            if (problem := conformance.describe_difference(number, step, want, got))
        ]
        changed += bool(found) or not before
        say(f"{'new ' if not before else 'DIFF' if found else 'same'} {scenario.name}")
        for problem in found:
            say(problem)
        if not args.check:
            document = {"engine": engine, "steps": [conformance.comparable(step) for step in steps]}
            file.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    say(f"{changed} not as recorded before")
    sys.exit(bool(args.check and changed))


if __name__ == "__main__":
    main()
