"""A dynamic provider for a directory of shows, which is a folder with a JSON file for each show."""

import json
import uuid
from pathlib import Path

from pulumi.dynamic import (
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)


class EntryProvider(ResourceProvider):
    """Stores each entry in a file in the folder that its property `folder` names."""

    def _path(self, id_, props):
        return Path(props["folder"]) / f"{id_}.json"

    def _save(self, id_, props):
        self._path(id_, props).write_text(json.dumps({"title": props["title"], "url": props["url"]}))

    def create(self, props):
        id_ = uuid.uuid4().hex[:8]
        self._save(id_, props)
        return CreateResult(id_, {**props, "listed": True})

    def diff(self, id, olds, news):
        changed = [name for name in ("title", "url", "folder") if olds.get(name) != news.get(name)]
        return DiffResult(bool(changed), ["folder"] if "folder" in changed else [])

    def read(self, id, props):
        path = self._path(id, props)
        return ReadResult(id, {**props, **json.loads(path.read_text())}) if path.exists() else ReadResult("", {})

    def update(self, id, olds, news):
        self._save(id, news)
        return UpdateResult({**news, "listed": olds["listed"]})

    def delete(self, id, props):
        self._path(id, props).unlink(missing_ok=True)


class Entry(Resource, module="directory", name="Entry"):
    """An entry of the directory."""

    def __init__(self, name, folder, title, url, opts=None):
        props = {"folder": folder, "title": title, "url": url, "listed": None}
        super().__init__(EntryProvider(), name, props, opts)
