"""The Python code of docs/settings.md works as described."""

import re
from pathlib import Path

from rehearsal import Project, Stack

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
(PROGRAM,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_one_mapping_works_for_a_provider_and_a_connection(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: settings\nruntime: python\n", encoding="utf-8")
    (tmp_path / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    with Stack(Project.load(tmp_path), config={"aws:profile": "vod"}) as stack:
        up = stack.up()
        assert up.ok, up.errors
        resources = {r["type"]: r for r in stack.export()["deployment"]["resources"]}
        for type_ in ("aws:ivs/channel:Channel", "pulumi-python:dynamic/ivs:StreamKey"):
            assert resources[type_]["id"].split(":")[3:5] == ["us-west-2", "210987654321"]
        again = stack.preview()
        assert again.ok, again.errors
        assert set(again.changes) == {"same"}
        down = stack.destroy()
        assert down.ok, down.errors
        assert stack.export()["deployment"]["resources"] == []


def test_a_mapping_that_pulumi_aws_refuses_is_refused_in_the_preview(tmp_path):
    plain = re.sub(r"aws\.ProviderAssumeRoleArgs\((role_arn)=(.*?)\)", r'{"\1": \2}', PROGRAM)
    assert plain != PROGRAM
    (tmp_path / "Pulumi.yaml").write_text("name: settings\nruntime: python\n", encoding="utf-8")
    (tmp_path / "__main__.py").write_text(plain, encoding="utf-8")
    with Stack(Project.load(tmp_path), config={"aws:profile": "vod"}) as stack:
        preview = stack.preview()
        assert not preview.ok
        assert "assumeRoles[0].roleArn: expected this spelling, got role_arn" in "\n".join(preview.errors)
