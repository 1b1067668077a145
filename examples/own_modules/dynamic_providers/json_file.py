"""A file in JSON, as a dynamic resource.

The provider is a class of an importable module, so that the state holds a reference to it and no code. Its path,
`dynamic_providers.json_file`, is then in the state: rename neither module nor class.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult


class JsonFileProvider(ResourceProvider):
    """Writes and deletes the file."""

    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        write(props)
        return CreateResult(id_=props["path"], outs=props)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        changed = [name for name in ("path", "content") if olds[name] != news[name]]
        return DiffResult(changes=bool(changed), replaces=[name for name in changed if name == "path"])

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        write(news)
        return UpdateResult(outs=news)

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        Path(props["path"]).unlink(missing_ok=True)


def write(props: Mapping[str, Any]) -> None:
    """Write the file."""
    Path(props["path"]).write_text(json.dumps(props["content"], indent=1), encoding="utf-8")


class JsonFile(Resource, module="files", name="JsonFile"):
    """A file in JSON, relative to the program's folder."""

    path: pulumi.Output[str]
    content: pulumi.Output[Mapping[str, Any]]

    def __init__(
        self,
        name: str,
        *,
        path: pulumi.Input[str],
        content: pulumi.Input[Mapping[str, pulumi.Input[Any]]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(JsonFileProvider(), name, {"path": path, "content": content}, opts)
