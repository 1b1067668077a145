"""The documentation lists every operation of botocore, and every one is implemented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from botocore import xform_name
from moto.core.utils import get_service_model
from moto.ivs.models import IVSBackend
from moto.ivs.responses import IVSResponse

import moto_ivs

DOCUMENT = (Path(__file__).parents[2] / "docs" / "moto_ivs.md").read_text(encoding="utf-8")
TABLE = re.findall(r"^\| `(\w+)` \|(.*)\|.*\|$", DOCUMENT, flags=re.MULTILINE)
DOCUMENTED = [operation for operation, _ in TABLE]


def test_the_table_of_operations_has_every_operation_of_botocores_model() -> None:
    # The table may have operations that an older botocore does not know.
    assert set(get_service_model("ivs").operation_names) - set(DOCUMENTED) == set()
    assert len(DOCUMENTED) == len(set(DOCUMENTED))


def test_every_operation_of_the_table_responds_with_the_extension() -> None:
    with moto_ivs.stream_keys():
        for operation in DOCUMENTED:
            assert callable(vars(IVSResponse)[xform_name(operation)])
        assert {"make_channel", "create_channel", "insert_ad_break"} <= vars(IVSBackend).keys()


def test_the_errors_of_the_table_are_those_of_the_model() -> None:
    model = get_service_model("ivs")
    for operation, errors in TABLE:
        if operation in model.operation_names:
            named = set(re.findall(r"`(\w+)`", errors)) - {"errors"}
            assert named <= {shape.name for shape in model.operation_model(operation).error_shapes}, operation


@pytest.mark.slow("runs the example of the documentation, with its own clients")
def test_the_example_of_the_documentation_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    (example,) = re.findall(r"```python\n(.*?)```", DOCUMENT, flags=re.DOTALL)
    exec(compile(example, "moto_ivs.md", "exec"), {})  # noqa: S102 -- the project's own example
