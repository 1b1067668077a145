from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

import pytest

from moto_ivs.exceptions import IncompatibleMoto
from moto_ivs.patching import add, patch


class Base:
    def inherited(self) -> str:
        return "base"


class Owner(Base):
    def own(self) -> str:
        return "own"

    @staticmethod
    def static() -> str:
        return "static"


@pytest.fixture(autouse=True)
def _check_that_owner_is_restored() -> Iterator[None]:
    before = dict(vars(Owner)), dict(vars(Base))
    yield
    assert (dict(vars(Owner)), dict(vars(Base))) == before


def test_an_added_attribute_is_removed_again() -> None:
    undo = add(Owner, "extra", 1)
    assert Owner.extra == 1
    undo()
    assert not hasattr(Owner, "extra")


@pytest.mark.parametrize("name", ["own", "inherited"])
def test_an_existing_attribute_is_not_overwritten(name: str) -> None:
    with pytest.raises(IncompatibleMoto, match=rf"has .*Owner\.{name} already"):
        add(Owner, name, None)


def test_a_patched_method_can_call_the_original() -> None:
    undo = patch(Owner, "own", lambda original: lambda self: f"patched {original(self)}")
    assert Owner().own() == "patched own"
    undo()
    assert Owner().own() == "own"


def test_an_inherited_method_is_patched_only_in_the_subclass() -> None:
    undo = patch(Owner, "inherited", lambda original: lambda self: f"patched {original(self)}")
    assert (Owner().inherited(), Base().inherited()) == ("patched base", "base")
    undo()
    assert Owner().inherited() == "base"


def test_a_static_method_is_restored_as_a_static_method() -> None:
    undo = patch(Owner, "static", lambda _: lambda _self: "method")
    assert Owner().static() == "method"
    undo()
    assert Owner().static() == "static"


def test_a_module_can_be_patched() -> None:
    module = types.ModuleType("somewhere")
    module.name = "before"
    undo = patch(module, "name", lambda original: f"{original} and after")
    assert module.name == "before and after"
    undo()
    assert module.name == "before"


@pytest.mark.parametrize(("owner", "name_in_error"), [(Owner, "Owner"), (types.ModuleType("somewhere"), "somewhere")])
def test_a_missing_target_is_named_with_motos_version(owner: Any, name_in_error: str) -> None:
    with pytest.raises(IncompatibleMoto, match=rf"moto 5\.\S+ has no .*{name_in_error}\.missing"):
        patch(owner, "missing", lambda original: original)
