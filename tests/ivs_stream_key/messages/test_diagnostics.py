import ast
from pathlib import Path

import pytest

import ivs_channel
import ivs_stream_key
from ivs_stream_key.messages import diagnostics
from ivs_stream_key.messages.redaction import SECRETS


@pytest.mark.parametrize("log", [diagnostics.info, diagnostics.warn, diagnostics.error])
def test_messages_to_the_user_are_redacted(capsys, log):
    SECRETS.learn("hunter2-of-a-connection")
    log("The key sk_us-west-2_abcd_0123 of hunter2-of-a-connection is live.")
    assert "The key [secret] of [secret] is live." in capsys.readouterr().err


@pytest.mark.slow("reads the whole source")
def test_only_diagnostics_and_the_command_line_print():
    """Text that is printed in another way is not redacted."""
    used = {}
    folders = [Path(package.__file__).parent for package in (ivs_channel, ivs_stream_key)]
    for file in (file for folder in folders for file in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            text = ast.unparse(node) if isinstance(node, ast.Attribute | ast.Name) else ""
            if text in ("pulumi.log", "print", "sys.stderr", "sys.stdout", "warnings.warn", "os.write"):
                used.setdefault(file.name, set()).add(text)
    assert used == {
        "diagnostics.py": {"pulumi.log"},
        "command.py": {"print", "sys.stdout"},
        "command_line.py": {"print", "sys.stderr"},
    }
