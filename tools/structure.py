"""Count the folders, layers and imports of each package.

A room is a module or a folder directly in a package. An arrow points from a room to one that it imports. Rooms import
only from lower layers. An arrow that points back closes an import cycle.

    python tools/structure.py
"""

import sys
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "ivs_stream_key": "dynamic_providers",
    "ivs_channel": "components",
    "rehearsal": "harness",
    "rehearsal_aws": "harness",
    "moto_ivs": "harness",
}
HEADINGS = ("package", "rooms", "layers", "arrows", "back", "most modules in a folder", "longest module", "lines")


def arrows_between_rooms(graph, package):
    """Return each room of a package with the set of rooms that it imports."""
    room_of = {
        module: module.removeprefix(f"{package}.").split(".")[0]
        for module in graph.modules
        if module.startswith(f"{package}.")
    }
    arrows = {room: set() for room in room_of.values()}
    for module, room in room_of.items():
        imported = graph.find_modules_directly_imported_by(module)
        arrows[room] |= {room_of[other] for other in imported if other in room_of} - {room}
    return arrows


def layers_of(arrows):
    """Return the layer of each room, with 1 at the bottom, and the imports that close a cycle."""
    layers, back, path = {}, [], []

    def visit(room):
        if room not in layers:
            path.append(room)
            below = [visit(other) for other in sorted(arrows[room]) if not (other in path and not back.append(other))]
            path.pop()
            layers[room] = 1 + max(below, default=0)
        return layers[room]

    for room in sorted(arrows):
        visit(room)
    return layers, back


def count(graph, package):
    """Return one row of the table: the figures of a package."""
    arrows = arrows_between_rooms(graph, package)
    layers, back = layers_of(arrows)
    files = sorted((ROOT / PACKAGES[package] / package).rglob("*.py"))
    lines = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in files}
    folders = [file.parent for file in files if file.name != "__init__.py"]
    longest = max(lines, key=lines.__getitem__)
    return (
        package,
        len(arrows),
        max(layers.values()),
        sum(map(len, arrows.values())),
        len(back),
        max(folders.count(folder) for folder in folders),
        f"{longest.relative_to(ROOT / PACKAGES[package] / package)} ({lines[longest]})",
        sum(lines.values()),
    )


def main():
    """Print a table."""
    sys.path[:0] = [str(ROOT / root) for root in sorted(set(PACKAGES.values()))]
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    rows = [HEADINGS, *(tuple(map(str, count(graph, package))) for package in PACKAGES)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        sys.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n")


if __name__ == "__main__":
    main()
