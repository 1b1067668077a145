"""docs/security.md is complete: it names each module that writes or sends text, and each row names a test."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
PACKAGES = ("components", "dynamic_providers", "harness")
# Names of functions and methods that write or send text, whatever the object of a method is.
CALLS = {
    *("print", "echo", "write", "writelines", "write_text", "write_bytes", "write_whole", "Appender", "open_private"),
    *("memfd_create", "mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryDirectory", "scratch_folder", "dump"),
    *("warn", "showwarning", "getLogger", "excepthook", "print_exc", "print_exception", "abort"),
    *("Popen", "run", "check_output", "execv", "execve", "fork", "posix_spawn"),
    *("send", "sendall", "sendmsg", "send_fds", "sendto"),
}
MAY_WRITE = re.compile(rf"\b(?:{'|'.join(sorted(CALLS))}|open)\(|pulumi\.log|sys\.std|__(?:repr|str)__")
ATTRIBUTES = ("pulumi.log", "sys.stdout", "sys.stderr")


def writes_text(node):
    """Whether this node of a module's syntax tree may write or send text."""
    match node:
        case (
            ast.Call(func=ast.Name(id="open"))
            | ast.Call(func=ast.Attribute(attr="open", value=ast.Name(id="os" | "io")))
        ):
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in CALLS and name != "run"
        case ast.Call(func=ast.Attribute(attr=name, value=value)):
            return name in CALLS and (name != "run" or ast.unparse(value) == "subprocess")
        case ast.Attribute():
            return ast.unparse(node) in ATTRIBUTES
        case ast.FunctionDef(name="__repr__" | "__str__"):
            return True
    return False


def modules_that_write():
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            text = file.read_text(encoding="utf-8")
            # This search is quick, and spares most modules the parsing.
            if MAY_WRITE.search(text) and any(map(writes_text, ast.walk(ast.parse(text)))):
                yield ".".join(file.relative_to(ROOT / package).with_suffix("").parts)


def rows():
    """Return the rows of all tables, without their headings."""
    tables = re.findall(r"^\|.*\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    return [row for table in tables for row in table.splitlines()]


@pytest.mark.parametrize(
    "source",
    [
        "print(x)",
        "sys.stderr.write(x)",
        "Path(x).write_text(y)",
        "open(x, 'w')",
        "os.open(x, y)",
        "pulumi.log.info(x)",
        "warnings.warn(x)",
        "json.dump(x, y)",
        "logging.getLogger(x)",
        "subprocess.run(x)",
        "Popen(x)",
        "context.abort(x, y)",
        "link.sendall(x)",
        "with contextlib.redirect_stdout(sys.stderr): pass",
        "class A:\n    def __repr__(self): return x",
    ],
)
def test_the_search_finds_every_way_for_text_to_leave(source):
    assert any(map(writes_text, ast.walk(ast.parse(source))))


@pytest.mark.parametrize("source", ["json.dumps(x)", "loop.run(x)", "path.read_text()", "repr(x)"])
def test_the_search_finds_nothing_else(source):
    assert not any(map(writes_text, ast.walk(ast.parse(source))))


@pytest.mark.slow("parses each module that may write or send text")
def test_every_module_from_which_text_leaves_is_in_the_table():
    named = set(re.findall(r"`((?:ivs_|moto_|rehearsal)[\w.]+)`", PAGE))
    assert [module for module in modules_that_write() if module not in named] == []


def test_every_row_names_a_test():
    assert len(rows()) > 60
    assert [row for row in rows() if not re.search(r"`test_\w+`", row)] == []
