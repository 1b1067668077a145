"""Build the Pulumi CLI and the launcher of dynamic providers in one folder.

build.py FOLDER PYTHON

A `pulumi` on PATH is used if its version is supported. Otherwise it is built with Go, in the version that go.mod and
go.sum beside this file pin; the first build takes minutes. PYTHON is the interpreter that runs dynamic providers.
"""

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CLI = "github.com/pulumi/pulumi/pkg/v3"
# The supported versions: from OLDEST up to, but not including, NEXT.
OLDEST, NEXT = (3, 260, 0), (4, 0, 0)


class CannotBuild(Exception):
    """A program is missing or a build failed; the message names the remedy."""


def version_in(text):
    """Return the first version in a text as three numbers; None if there is none."""
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(part or 0) for part in found.groups()) if found else None


def fits(version):
    """Whether the tests can use this version of the CLI."""
    return version is not None and OLDEST <= version < NEXT


def format_version(version):
    return ".".join(map(str, version))


def pinned(module, go_mod):
    """Return the version (v1.2.3) of a module that a go.mod requires."""
    return re.search(rf"^\s*(?:require )?{re.escape(module)} (v\S+)", go_mod.read_text(), re.MULTILINE)[1]


def go_needed():
    """Return the version of Go that go.mod requires."""
    return version_in(re.search(r"^go (\S+)", (HERE / "go.mod").read_text(), re.MULTILINE)[1])


def check_go():
    """Raise CannotBuild unless there is a Go that is new enough."""
    go = shutil.which("go")
    remedy = (
        f"install Go {format_version(go_needed())} or later, or a `pulumi` from {format_version(OLDEST)} on "
        f"(below {NEXT[0]}), and put it on PATH"
    )
    if go is None:
        raise CannotBuild(f"there is neither Go nor a fitting Pulumi CLI on PATH: {remedy}")
    said = subprocess.run([go, "env", "GOVERSION"], cwd="/", capture_output=True, text=True, check=False).stdout
    found = version_in(said)
    if found is None or found < go_needed():
        raise CannotBuild(f"{go} is Go {format_version(found) if found else 'of an unknown version'}: {remedy}")


def source_digest(go_mod):
    """Return a digest of the files that determine the build."""
    files = (go_mod, go_mod.with_name("go.sum"), HERE / "build.py")
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def build(package, go_mod, out, *flags):
    """Build a program, unless an earlier build from the same files exists."""
    note = out.with_name(f".{out.name}")
    if note.exists() and note.read_text() == source_digest(go_mod) and out.exists() and not out.is_symlink():
        return "already there:"
    note.unlink(missing_ok=True)
    out.unlink(missing_ok=True)
    check_go()
    command = ["go", "build", "-mod=readonly", *flags, "-o", str(out), package]
    done = subprocess.run(command, cwd=go_mod.parent, check=False)
    if done.returncode:
        raise CannotBuild(
            f"`{shlex.join(command)}` in {go_mod.parent} failed, see above. It needs the Go module registry once: "
            "GOPROXY says which"
        )
    note.write_text(source_digest(go_mod))
    return "built"


def find_outside(name, folder):
    """Return the path of a program on PATH outside the folder, or None."""
    path = os.pathsep.join(
        p for p in os.environ.get("PATH", "").split(os.pathsep) if Path(p or ".").resolve() != folder
    )
    return shutil.which(name, path=path)


def have_cli(folder):
    """Link the installed CLI into the folder, or build it there; return a description of it."""
    out = folder / "pulumi"
    installed = find_outside("pulumi", folder)
    if installed is not None:
        said = subprocess.run([installed, "version"], capture_output=True, text=True, check=False).stdout
        if fits(version_in(said)):
            out.unlink(missing_ok=True)
            out.symlink_to(Path(installed).resolve())
            return f"{installed} ({said.strip()})"
    version = pinned(CLI, HERE / "go.mod")
    # The Automation API rejects a CLI without a version.
    stamp = f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={version}"
    return f"{build(f'{CLI}/cmd/pulumi', HERE / 'go.mod', out, '-ldflags', stamp)} {version}"


def launcher(folder, python):
    """Write the script that the CLI starts as the plugin for dynamic providers."""
    out = folder / "pulumi-resource-pulumi-python"
    default = shlex.quote(python)
    out.write_text(f'#!/bin/sh\nexec "${{PULUMI_PYTHON_CMD:-{default}}}" -u -m pulumi.dynamic "$@"\n')
    out.chmod(0o755)


def main():
    folder, python = Path(sys.argv[1]).resolve(), sys.argv[2]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        sys.stdout.write("Preparing the Pulumi CLI: the first build takes minutes\n")
        sys.stdout.flush()
        sys.stdout.write(f"  pulumi: {have_cli(folder)}\n")
        launcher(folder, python)
    except CannotBuild as error:
        sys.exit(f"make pulumi: {error}")


if __name__ == "__main__":
    main()
