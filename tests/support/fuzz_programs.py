"""Generates random programs for the toy cloud, and random operations on them, to compare two engines.

A program is a list of items, each a dictionary of JSON data. A lifecycle is a list of steps, each with an operation and
a program. All choices come from one `random.Random`.
"""

import pulumi

FORCES = ("value", "force", "dbr")
VALUES = ("1", "2", "3")
FAILING = ("create", "update", "delete", "read")
OPERATIONS = ("up", "up", "up", "up", "preview", "refresh", "destroy")
CHANGES = (*FORCES, "add", "remove", "fail", "rename", "option", "trigger", "transform", "parent", "forget")
HOOKS = ("before_create", "after_create", "before_update", "after_update")


def make_lifecycle(random):
    """Return a lifecycle of four to seven steps."""
    items = [_random_item(random, number, []) for number in range(random.randint(1, 2))]
    for number in range(len(items), random.randint(2, 6)):
        items.append(_random_item(random, number, items))
    steps = [{"op": "up", "items": items}]
    serial = len(items)
    for _ in range(random.randint(1, 3)):
        items = [dict(item) for item in items]
        for _ in range(random.randint(0, 2)):
            items, serial = _edit(random, items, serial)
        step = {"op": random.choice(OPERATIONS), "items": items}
        things = [item["name"] for item in items if item["kind"] == "thing"]
        if step["op"] in ("up", "preview") and things and random.random() < 0.2:
            step["replace"] = [f"**::{random.choice(things)}"]
        if items and random.random() < 0.15:
            step["target"] = [f"**::{random.choice(items)['name']}" for _ in range(random.randint(1, 2))]
            if random.random() < 0.5:
                step["target_dependents"] = True
        if random.random() < 0.15:
            step["drift"] = [random.choice(("delete", "set")), random.randint(0, 9)]
        steps.append(step)
    # The last two steps remove what makes operations fail, and destroy the stack.
    repaired = [{**item, "fail": [], "protect": False} for item in items]
    steps += [{"op": "up", "items": repaired}, {"op": "destroy", "items": repaired}]
    if any(item["kind"] == "thing" for item in repaired) and random.random() < 0.3:
        _add_kill(random, steps, repaired)
    return steps


def _add_kill(random, steps, items):
    """Add a kill of the engine: while it destroys a thing in the last step, or changes one in an earlier step."""
    name = random.choice([item["name"] for item in items if item["kind"] == "thing"])
    kill = [name, random.choice(("before", "after"))]
    if random.random() < 0.3:
        steps[-1]["kill"] = kill
    else:
        change = {random.choice(FORCES): "killed"}
        items = [{**item, **change} if item["name"] == name else item for item in items]
        steps.insert(-2, {"op": "up", "items": items, "kill": kill})


def _random_item(random, number, before):
    things = [item["name"] for item in before if item["kind"] == "thing"]
    groups = [item["name"] for item in before if item["kind"] == "group"]
    item = {"kind": "group" if random.random() < 0.2 else "thing", "name": f"r{number}"}
    if groups and random.random() < 0.5:
        item["parent"] = random.choice(groups)
    if random.random() < 0.08:
        item["transform"] = random.choice(VALUES)
    if item["kind"] == "group":
        return item
    if things and random.random() < 0.07:
        # Such an item reads the thing that has this id when the program runs.
        of = random.choice(things)
        return {**item, "kind": "read", "id": f"{of}-{random.randint(1, 2)}", "depends_on": [of]}
    for name in FORCES:
        if random.random() < 0.4:
            item[name] = random.choice(VALUES)
    if things:
        _add_references(random, item, things)
    _choose_options(random, item)
    return item


def _add_references(random, item, things):
    """Add references to other resources."""
    if random.random() < 0.5:
        item["link"] = [random.choice(things), random.choice(("id", "derived", "serial"))]
        item["link_forces"] = random.random() < 0.3
    if random.random() < 0.3:
        item["depends_on"] = [random.choice(things)]
    if random.random() < 0.1:
        item["deleted_with"] = random.choice(things)


def _choose_options(random, item):
    for name, chance in (("secret", 0.2), ("protect", 0.08), ("retain_on_delete", 0.1), ("hide", 0.15)):
        if random.random() < chance:
            item[name] = True
    if random.random() < 0.1:
        item["delete_before_replace"] = random.random() < 0.5
    if random.random() < 0.1:
        item["ignore_changes"] = [random.choice(FORCES)]
    if random.random() < 0.1:
        item["trigger"] = random.choice(VALUES)
    if random.random() < 0.08:
        item["fail"] = [random.choice(FAILING)]
    if random.random() < 0.1:
        item["hooks"] = [random.choice(HOOKS) for _ in range(random.randint(1, 2))]
    if random.random() < 0.01:
        item["import"] = f"{item['name']}-1"


def _edit(random, items, serial):
    """Make one random change of a program."""
    if not items:
        return [_random_item(random, serial, [])], serial + 1
    place = random.randrange(len(items))
    item = items[place]
    change = random.choice(
        (
            "value",
            "force",
            "dbr",
            "add",
            "remove",
            "fail",
            "rename",
            "option",
            "trigger",
            "transform",
            "parent",
            "forget",
        )
    )
    if change == "add":
        return [*items, _random_item(random, serial, items)], serial + 1
    if change == "remove":
        return _remove(items, item["name"]), serial
    if change == "rename":
        return _rename(items, item, f"n{serial}"), serial + 1
    if change == "transform":
        item["transform"] = None if item.get("transform") else random.choice(VALUES)
    elif change == "parent":
        _move(random, items, place)
    elif change == "forget":
        item.pop("aliases", None)
    elif item["kind"] == "thing":
        _change_thing(random, item, change)
    return items, serial


def _change_thing(random, item, change):
    """Change an argument or an option of one thing."""
    if change == "fail":
        item["fail"] = [] if item.get("fail") else [random.choice(FAILING)]
    elif change == "option":
        name = random.choice(("protect", "retain_on_delete", "hide", "secret", "delete_before_replace"))
        item[name] = not item.get(name)
    else:
        item[change] = random.choice(VALUES)


def _remove(items, name):
    """Remove a resource, and all resources that refer to it."""
    removed = {name}
    for item in items:
        named = [item.get("parent"), item.get("deleted_with"), *item.get("link", [])[:1], *item.get("depends_on", [])]
        if removed.intersection(named):
            removed.add(item["name"])
    return [item for item in items if item["name"] not in removed]


def _rename(items, item, name):
    """Give a resource another name and an alias of the old one."""
    old = item["name"]
    item["aliases"] = [{"name": old}]
    for other in items:
        for key in ("parent", "deleted_with"):
            if other.get(key) == old:
                other[key] = name
        other["aliases"] = [{"parent": name} if a == {"parent": old} else a for a in other.get("aliases", [])]
        if other.get("link", [None])[0] == old:
            other["link"] = [name, other["link"][1]]
        if old in other.get("depends_on", []):
            other["depends_on"] = [name]
    item["name"] = name
    return items


def _move(random, items, place):
    """Give a resource another parent, or none, and an alias with the old one."""
    item = items[place]
    groups = [other["name"] for other in items[:place] if other["kind"] == "group"]
    old, new = item.pop("parent", None), random.choice([*groups, None])
    if new is not None:
        item["parent"] = new
    if new != old:
        item["aliases"] = [{"parent": old}]


def _alias(given, resources):
    """Return a Pulumi alias; None if it names a parent that the program no longer has."""
    if "name" in given:
        return pulumi.Alias(name=given["name"])
    if given["parent"] is None:
        return pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)
    return pulumi.Alias(parent=resources[given["parent"]]) if given["parent"] in resources else None


def _transform(value):
    """Return a transform that sets the input `value` of all things below a resource.

    It skips things with a replacement trigger: the SDK fails to return one from a transform, on both engines.
    """

    def transform(args):
        if args.type_.endswith("toy:Thing") and not args.opts.id and args.opts.replacement_trigger is None:
            return pulumi.ResourceTransformResult({**args.props, "value": value}, args.opts)
        return None

    return transform


def declare(items):
    """Declare the resources of a program."""
    from toy import Group, Thing, note

    resources = {}
    report_hook = pulumi.ResourceHook("say", lambda args: note("hook", args.name, args.id or None))
    for item in items:
        aliases = [_alias(given, resources) for given in item.get("aliases", [])]
        opts = pulumi.ResourceOptions(
            parent=resources.get(item.get("parent")),
            aliases=[alias for alias in aliases if alias is not None] or None,
            transforms=[_transform(item["transform"])] if item.get("transform") else None,
        )
        if item["kind"] == "group":
            resources[item["name"]] = Group(item["name"], opts)
            continue
        opts.id, opts.import_ = item.get("id"), item.get("import")
        opts.hooks = (
            pulumi.ResourceHookBinding(**{when: [report_hook] for when in item["hooks"]}) if "hooks" in item else None
        )
        opts.depends_on = [resources[name] for name in item.get("depends_on", [])]
        opts.protect = item.get("protect")
        opts.retain_on_delete = item.get("retain_on_delete")
        opts.delete_before_replace = item.get("delete_before_replace")
        opts.ignore_changes = item.get("ignore_changes")
        opts.replacement_trigger = item.get("trigger")
        opts.deleted_with = resources.get(item.get("deleted_with"))
        opts.additional_secret_outputs = ["derived"] if item.get("hide") else None
        link = item.get("link")
        resources[item["name"]] = Thing(
            item["name"],
            value=item.get("value"),
            force=item.get("force"),
            dbr=item.get("dbr"),
            secret=pulumi.Output.secret("hush") if item.get("secret") else None,
            link=getattr(resources[link[0]], link[1]) if link else None,
            link_forces=item.get("link_forces"),
            fail=item.get("fail") or None,
            opts=opts,
        )
        pulumi.export(item["name"], resources[item["name"]].derived)


def smaller_lifecycles(lifecycle):
    """Yield lifecycles that lack one part of this one: a step, a resource, an argument of a step or of a resource."""
    for number in range(len(lifecycle) - 1):
        yield lifecycle[:number] + lifecycle[number + 1 :]
    for name in sorted({item["name"] for step in lifecycle for item in step["items"]}):
        yield [{**step, "items": _remove(step["items"], name)} for step in lifecycle]
    for number, step in enumerate(lifecycle):
        for key in step.keys() - {"op", "items"}:
            yield [*lifecycle[:number], {k: v for k, v in step.items() if k != key}, *lifecycle[number + 1 :]]
    for name, key in sorted({(item["name"], key) for step in lifecycle for item in step["items"] for key in item}):
        if key not in ("kind", "name", "id"):
            yield [{**step, "items": [_without_key(item, name, key) for item in step["items"]]} for step in lifecycle]


def _without_key(item, name, key):
    return {k: v for k, v in item.items() if k != key} if item["name"] == name else item
