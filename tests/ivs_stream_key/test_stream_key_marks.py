from ivs_stream_key.marks import MARK, mark_of
from ivs_stream_key.service import limits


def test_the_mark_is_the_same_for_the_same_owner_and_another_for_another():
    assert mark_of("shop/prod/live") == mark_of("shop/prod/live")
    assert mark_of("shop/prod/live") != mark_of("shop/dev/live")


def test_the_mark_does_not_change_from_version_to_version():
    assert mark_of("shop/prod/live") == {"pulumi-ivs-stream-key:owner": "c701de384ae5bc7e64a10226e52d41a0"}


def test_the_mark_of_no_owner_is_that_of_one_create_alone():
    assert mark_of(None) != mark_of(None)
    assert mark_of("") != mark_of("")


def test_the_mark_is_a_tag_that_ivs_takes_and_names_nobody():
    (name, value), *_ = mark_of("größe/$::" * 100).items()
    assert name == MARK
    for text, limit in ((name, limits().tag_key), (value, limits().tag_value)):
        assert limit.fits_length(text)
        assert limit.matches(text)
    assert "gr" not in value
