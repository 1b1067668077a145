import base64
import re
import uuid

import pytest

from rehearsal.local_providers.random_values import RANDOM

HEX = "[0-9a-f]"


def random_type(name):
    return f"random:index/random{name}:Random{name}"


def test_all_types_of_the_package_are_modelled():
    kinds = ("Bytes", "Id", "Integer", "Password", "Pet", "Shuffle", "String", "Uuid", "Uuid4", "Uuid7")
    assert set(RANDOM) == {random_type(kind) for kind in kinds}


def test_all_formats_of_an_id_have_the_same_value(local):
    made = local.up_with(random_type("Id"), byteLength=4, prefix="p-")
    value = bytes.fromhex(made["hex"].removeprefix("p-"))
    assert len(value) == 4
    assert made["dec"] == f"p-{int.from_bytes(value, 'big')}"
    assert made["b64Std"] == "p-" + base64.b64encode(value).decode()
    assert made["b64Url"] == "p-" + local.state["id"]


@pytest.mark.slow("several ups of a stack")
def test_a_value_is_stable_until_an_input_changes(local):
    first = dict(local.up_with(random_type("String"), length=12))
    assert local.up() == first
    local.given["keepers"] = {"season": "2"}
    assert local.up()["result"] != first["result"]
    assert local.steps == ["create-replacement", "replace", "delete-replaced"]


@pytest.mark.parametrize(
    ("given", "form"),
    [
        ({"length": 20}, r"[A-Za-z0-9!@#$%&*()\-_=+\[\]{}<>:?]{20}"),
        ({"length": 20, "special": False}, r"[A-Za-z0-9]{20}"),
        ({"length": 9, "upper": False, "numeric": False, "special": False}, r"[a-z]{9}"),
        ({"length": 9, "lower": False, "upper": False, "number": True, "special": False}, r"[0-9]{9}"),
        ({"length": 9, "overrideSpecial": "_", "lower": False, "upper": False, "numeric": False}, r"_{9}"),
        ({"length": 3, "minLower": 1, "minUpper": 1, "minNumeric": 1}, r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d).{3}"),
    ],
)
@pytest.mark.parametrize("kind", ["String", "Password"])
def test_strings_have_the_requested_characters(kind, given, form, local):
    made = local.up_with(random_type(kind), **given)
    assert re.fullmatch(form, made["result"])
    assert local.state["id"] == ("none" if kind == "Password" else made["result"])
    if kind == "Password":
        assert re.fullmatch(r"\$2a\$10\$[./A-Za-z0-9]{53}", made["bcryptHash"])


def test_numbers_are_in_their_range_and_the_same_for_a_seed(local):
    assert local.up_with(random_type("Integer"), min=3, max=3)["result"] == 3
    drawn = local.up_with(random_type("Integer"), min=0, max=10**6, seed="s")["result"]
    local.given["keepers"] = {"a": "1"}
    assert local.up()["result"] == drawn


@pytest.mark.slow("several ups of a stack")
def test_a_shuffle_has_the_requested_length(local):
    assert sorted(local.up_with(random_type("Shuffle"), inputs=["a", "b", "c"])["results"]) == ["a", "b", "c"]
    more = local.up_with(random_type("Shuffle"), inputs=["a", "b"], resultCount=5)["results"]
    assert (len(more), set(more)) == (5, {"a", "b"})
    assert len(local.up_with(random_type("Shuffle"), inputs=["a", "b", "c"], resultCount=1)["results"]) == 1


@pytest.mark.slow("several ups of a stack")
def test_pets_have_words_and_bytes_have_two_formats(local):
    local.up_with(random_type("Pet"), length=3, prefix="my")
    assert re.fullmatch(r"my(-[a-z]+){3}", local.state["id"])
    made = local.up_with(random_type("Bytes"), length=8)
    assert base64.b64decode(made["base64"]).hex() == made["hex"]


@pytest.mark.parametrize(("kind", "version"), [("Uuid", 4), ("Uuid4", 4), ("Uuid7", 7)])
def test_uuids_have_their_version(kind, version, local):
    made = local.up_with(random_type(kind))
    assert uuid.UUID(made["result"]).version == version
    assert uuid.UUID(made["result"]).variant == uuid.RFC_4122
    assert local.state["id"] == made["result"]


def test_a_value_can_be_imported(local):
    local.options = {"import_": "kept-secret"}
    assert local.up_with(random_type("Password"), length=11)["result"] == "kept-secret"
    local.options = {}
    assert local.up()["result"] == "kept-secret"


def test_an_imported_value_of_another_length_is_replaced(local):
    local.options = {"import_": "kept-secret"}
    with pytest.raises(AssertionError, match="may not be replaced"):
        local.up_with(random_type("Password"), length=12)


@pytest.mark.parametrize(
    ("kind", "given", "error"),
    [
        ("Id", {}, "byteLength"),
        ("String", {"length": 0}, "length"),
        ("String", {"length": 2, "minLower": 3}, "expected at least the sum of"),
        ("String", {"length": 2, **dict.fromkeys(("lower", "upper", "numeric", "special"), False)}, "at least one of"),
        ("Integer", {"min": 2, "max": 1}, "not less than min"),
        ("Integer", {"min": 2}, "expected a whole number"),
        ("Pet", {"length": True}, "expected a whole number from 1"),
    ],
)
def test_invalid_arguments_are_refused_in_the_preview(kind, given, error, local):
    assert error in local.preview_errors(random_type(kind), **given)
