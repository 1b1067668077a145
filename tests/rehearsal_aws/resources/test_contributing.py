"""The example in CONTRIBUTING.md is what it says: a type in one class, and a test of its life."""

import re
from pathlib import Path

import pytest

from rehearsal_aws.resources.catalog import MODELS

PAGE = (Path(__file__).parents[3] / "CONTRIBUTING.md").read_text(encoding="utf-8")
MODULE, TEST = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(TOKEN,) = re.findall(r'`"(aws:[^"]+)": Topic,`', PAGE)


@pytest.fixture
def block(monkeypatch):
    """The names of the page's test, with its type in the catalog."""
    written = {"__name__": "rehearsal_aws.resources.topic"}
    exec(compile(MODULE, "CONTRIBUTING.md", "exec"), written)  # noqa: S102 - the page is ours
    monkeypatch.setitem(MODELS, TOKEN, written["Topic"])
    names = {"__name__": "test_topic"}
    exec(compile(TEST.replace("@pytest.fixture\n", ""), "CONTRIBUTING.md", "exec"), names)  # noqa: S102 - the page is ours
    return names


def test_the_type_of_the_example_passes_its_test(block, life, client):
    block["test_a_topic_lives_and_leaves_nothing"](block["topic"](life), client)


def test_it_is_refused_where_it_is_not_in_the_catalog(life):
    import pulumi_aws as aws

    topic = life(lambda **given: aws.sns.Topic("alarms", **given))
    assert TOKEN in topic.refused()
