"""The example in CONTRIBUTING.md works: a table of a type, and a test of its lifecycle."""

import re
from pathlib import Path

import pytest

from rehearsal_aws.resources.catalog import MODELS
from rehearsal_aws.resources.table_resource import model

PAGE = (Path(__file__).parents[3] / "CONTRIBUTING.md").read_text(encoding="utf-8")
MODULE, TEST = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def page_test(monkeypatch):
    """The namespace of the page's test module, with the page's type in the catalog."""
    table_module = {"__name__": "rehearsal_aws.resources.tables.ecr"}
    exec(compile(MODULE, "CONTRIBUTING.md", "exec"), table_module)  # noqa: S102 - the page is ours
    for table in table_module["TABLES"]:
        monkeypatch.setitem(MODELS, table.type, model(table))
    names = {"__name__": "test_repository"}
    exec(compile(TEST.replace("@pytest.fixture\n", ""), "CONTRIBUTING.md", "exec"), names)  # noqa: S102 - the page is ours
    return names


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_the_example_type_passes_its_test(page_test, lifecycle, client):
    page_test["test_a_repository_lives_and_leaves_nothing"](page_test["repository"](lifecycle), client)


def test_a_type_missing_in_the_catalog_is_refused(lifecycle):
    import pulumi_aws as aws

    repository = lifecycle(lambda **given: aws.ecr.Repository("images", **given))
    assert "aws:ecr/repository:Repository" in repository.errors_of()
