"""Build wheel and sdist as a release does, and check them.

    python tools/release_check.py [--uv UV]

Leaves both in dist/. Fails if the metadata is invalid, or if a small program that uses the installed wheel does not
pass mypy or basedpyright. Lists the missing `project.urls`.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
URLS = ("Homepage", "Documentation", "Source", "Issues", "Changelog")
PROGRAM = """\
from typing import assert_type

import pulumi

from ivs_channel import LiveChannel
from ivs_stream_key import StreamKey

live = LiveChannel("live", rotation_triggers={"season": 1})
assert_type(live, LiveChannel)
assert_type(live.stream_key, pulumi.Output[str])
key = StreamKey("key", channel_arn="arn:aws:ivs:us-east-1:123456789012:channel/abcdefgh1234")
assert_type(key.value, pulumi.Output[str])
"""


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def run(*command, **options):
    """Run a command; exit if it fails."""
    done = subprocess.run([str(part) for part in command], check=False, **options)
    if done.returncode:
        raise SystemExit(f"release-check: {Path(command[0]).name} failed with {done.returncode}")


def build(uv: str) -> list[Path]:
    """Build the wheel and the sdist, and return their paths."""
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    run(uv, "build", "--quiet", "--out-dir", dist, cwd=ROOT)
    return sorted([*dist.glob("*.whl"), *dist.glob("*.tar.gz")])


def check_types(uv: str, wheel: Path) -> None:
    """Type-check a program that uses only the wheel."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "program.py").write_text(PROGRAM, encoding="utf-8")
        run(uv, "venv", "--quiet", "--python", sys.executable, folder / "env")
        python = folder / "env" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        run(uv, "pip", "install", "--quiet", "--python", python, wheel)
        checker = Path(sys.executable).parent
        run(checker / "mypy", "--strict", "--python-executable", python, "program.py", cwd=folder)
        run(checker / "basedpyright", "--level", "error", "--pythonpath", python, "program.py", cwd=folder)


def missing_urls() -> list[str]:
    """Return the names of the recommended `project.urls` that pyproject.toml lacks."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [name for name in URLS if name not in project.get("urls", {})]


def main() -> None:
    """Run all checks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uv", default="uv", help="uv's path")
    uv = shutil.which(parser.parse_args().uv) or "uv"
    uv = str(Path(uv).absolute()) if Path(uv).exists() else uv
    built = build(uv)
    run(Path(sys.executable).parent / "twine", "check", "--strict", *built)
    check_types(uv, next(path for path in built if path.suffix == ".whl"))
    missing = missing_urls()
    if missing:
        say(f"[project.urls] of pyproject.toml lacks: {', '.join(missing)}")
    say("release-check: " + ", ".join(path.name for path in built))


if __name__ == "__main__":
    main()
