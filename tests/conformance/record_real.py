"""Record the scenarios with the real Pulumi CLI again, and report where it does not do what golden.json says.

record_real.py [--keep DIR] [SCENARIO_DIR…]

Each scenario runs in a folder of its own, on a backend in local files, with the `pulumi` on PATH and the Python that
runs this. `--keep` leaves the recordings in DIR, one NAME.json each, as `check.py --self` takes them. Where there is no
`pulumi`, or one that can't run programs in Python, this says so and ends well.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import check

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "support"))

from real_cli import missing_of_the_real_cli  # noqa: E402

FLAGS = {
    "preview": [],
    "up": ["--yes", "--skip-preview"],
    "refresh": ["--yes", "--skip-preview"],
    "destroy": ["--yes", "--skip-preview"],
}


def say(text):
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def read_events(lines):
    """Return what a log of engine events says of an operation, in the form of a step of golden.json."""
    got = {"changes": {}, "steps": [], "failed": [], "errors": []}
    for event in map(json.loads, lines):
        if "resourcePreEvent" in event:
            metadata = event["resourcePreEvent"]["metadata"]
            if "pulumi:providers:" not in metadata["urn"]:
                step = {"op": metadata["op"], "urn": metadata["urn"]}
                if metadata.get("keys"):
                    step["replace_keys"] = metadata["keys"]
                got["steps"].append(step)
        elif "resOpFailedEvent" in event:
            got["failed"].append(event["resOpFailedEvent"]["metadata"]["urn"])
        elif "summaryEvent" in event:
            changes = event["summaryEvent"]["resourceChanges"] or {}
            got["changes"] = {op: count for op, count in changes.items() if count}
        elif event.get("diagnosticEvent", {}).get("severity") == "error":
            got["errors"].append(event["diagnosticEvent"]["message"])
    return got


class Cli:
    """The real CLI on one stack of one folder."""

    def __init__(self, pulumi, work):
        self.pulumi, self.work = pulumi, work
        (work / "backend").mkdir()
        self.env = {
            **os.environ,
            "PATH": os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ.get("PATH", "")]),
            "PULUMI_PYTHON_CMD": sys.executable,
            "PULUMI_BACKEND_URL": (work / "backend").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "conformance",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DEBUG_COMMANDS": "true",  # makes --event-log known
            "TOY_CLOUD": str(work / "cloud.json"),
        }

    def run(self, *args, must_work=True):
        command = [self.pulumi, "--non-interactive", *args]
        done = subprocess.run(
            command, cwd=self.work, env=self.env, capture_output=True, text=True, timeout=300, check=False
        )
        if must_work and done.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
        return done

    def configure(self, changes):
        for key, value in changes.items():
            if value is None:
                self.run("config", "rm", key, "--stack", "dev")
            else:
                self.run("config", "set", key, "--plaintext", "--stack", "dev", "--", value)

    def operate(self, step):
        log = self.work / "events.jsonl"
        log.unlink(missing_ok=True)
        limits = [arg for flag in ("target", "replace") for urn in step.get(flag, []) for arg in (f"--{flag}", urn)]
        flags = [*FLAGS[step["op"]], "--stack", "dev", "--event-log", str(log), *limits]
        done = self.run(step["op"], *flags, must_work=False)
        if not log.exists():
            raise SystemExit(f"pulumi {step['op']} wrote no event log:\n{done.stdout}{done.stderr}")
        return {"op": step["op"], "ok": done.returncode == 0, **read_events(log.read_text().splitlines())}

    def state(self):
        exported = json.loads(self.run("stack", "export", "--stack", "dev", "--show-secrets").stdout)
        resources = exported["deployment"].get("resources") or []
        return [check.scrub(r) for r in resources if not r["type"].startswith("pulumi:providers:")]


def record(folder, pulumi):
    """Run the scenario's steps with the real CLI; return them as golden.json has them."""
    work = pathlib.Path(tempfile.mkdtemp(prefix="conformance-real-"))
    try:
        for file in folder.glob("*.py"):
            shutil.copy(file, work)
        shutil.copy(HERE / "toy.py", work)
        (work / "Pulumi.yaml").write_text('{"name": "conformance", "runtime": {"name": "python"}}')
        cloud = work / "cloud.json"
        cli = Cli(pulumi, work)
        cli.run("stack", "init", "dev")
        steps = []
        for step in json.loads((folder / "scenario.json").read_text())["steps"]:
            cli.configure(step.get("config") or {})
            toys = json.loads(cloud.read_text()) if cloud.exists() else {"things": {}, "serial": {}, "calls": []}
            for thing in (step.get("cloud") or {}).get("delete", []):
                toys["things"].pop(thing)
            for thing, props in (step.get("cloud") or {}).get("set", {}).items():
                toys["things"][thing].update(props)
            cloud.write_text(json.dumps(toys))
            got = cli.operate(step)
            after = json.loads(cloud.read_text())
            got["calls"] = after["calls"][len(toys["calls"]) :]
            got["things"] = sorted(after["things"])
            got["state"] = cli.state()
            steps.append(got)
        return steps
    finally:
        shutil.rmtree(work)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIR")
    parser.add_argument("folders", nargs="*", type=pathlib.Path)
    args = parser.parse_args()
    missing = missing_of_the_real_cli()
    if missing:
        say(f"skipped: {missing}")
        return
    pulumi = shutil.which("pulumi")
    version = subprocess.run([pulumi, "version"], capture_output=True, text=True, check=True).stdout.strip()
    say(f"recording with pulumi {version}")
    folders = args.folders or sorted(path.parent for path in HERE.glob("*/golden.json"))
    different = 0
    for folder in folders:
        golden = json.loads((folder / "golden.json").read_text())["steps"]
        steps = record(folder, pulumi)
        if args.keep:
            args.keep.mkdir(parents=True, exist_ok=True)
            recording = {"engine": f"pulumi {version}", "steps": steps}
            (args.keep / f"{folder.name}.json").write_text(json.dumps(recording, indent=1))
        problems = [
            f"step {n} {want['op']}: {difference}"
            for n, (want, got) in enumerate(zip(golden, steps, strict=True), 1)
            for difference in check.differences(want, got)
        ]
        different += bool(problems)
        say(("DIFFERS " if problems else "same    ") + folder.name)
        for problem in problems:
            say("        " + problem[:1500])
    say(f"{len(folders) - different} the same, {different} different")
    raise SystemExit(bool(different))


if __name__ == "__main__":
    main()
