import pytest

from rehearsal.state.urns import (
    is_provider_type,
    make_urn,
    name_of,
    package_of,
    qualified_type_of,
    renamed_under,
    type_of,
)

STACK = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev"


def test_a_urn_has_the_types_of_its_parents_except_the_stack():
    outer = make_urn("dev", "p", STACK, "a:b:Outer", "o")
    inner = make_urn("dev", "p", outer, "a:b:Inner", "i")
    assert make_urn("dev", "p", "", "a:b:C", "c") == "urn:pulumi:dev::p::a:b:C::c"
    assert outer == "urn:pulumi:dev::p::a:b:Outer::o"
    assert inner == "urn:pulumi:dev::p::a:b:Outer$a:b:Inner::i"
    assert (qualified_type_of(inner), type_of(inner), name_of(inner)) == ("a:b:Outer$a:b:Inner", "a:b:Inner", "i")


@pytest.mark.parametrize("name", ["a::b", "a$b", "a/b", ""])
def test_a_name_may_contain_any_text(name):
    urn = make_urn("dev", "p", "", "a:b:C", name)
    assert name_of(urn) == name
    assert type_of(urn) == "a:b:C"


def test_a_child_gets_the_types_of_its_renamed_parent():
    child = "urn:pulumi:dev::p::a:b:Old$a:b:C::c"
    assert renamed_under(child, "urn:pulumi:dev::p::a:b:New::n") == "urn:pulumi:dev::p::a:b:New$a:b:C::c"


def test_packages_and_providers():
    assert package_of("aws:ivs/channel:Channel") == "aws"
    assert is_provider_type("pulumi:providers:aws")
    assert not is_provider_type("aws:ivs/channel:Channel")
