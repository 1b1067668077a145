import subprocess
import sys
import unicodedata

import pytest
from botocore.loaders import Loader

from ivs_stream_key.aws.service_model import TextLimit, limits, loader

SHAPES = Loader().load_service_model("ivs", "service-2")["shapes"]


def test_the_limits_are_those_of_botocores_model():
    found = limits()
    for limit, shape in ((found.channel_arn, "ChannelArn"), (found.tag_key, "TagKey"), (found.tag_value, "TagValue")):
        assert limit == TextLimit(SHAPES[shape]["min"], SHAPES[shape]["max"], SHAPES[shape]["pattern"])
    assert found.most_tags == SHAPES["Tags"]["max"]
    assert found.largest_page == SHAPES["MaxStreamKeyResults"]["max"]


def test_the_model_is_parsed_once_a_process():
    assert limits() is limits()
    assert loader() is loader()


@pytest.mark.parametrize("character", list("aZ09 _.:/=+-@éß漢٣Ⅷ\u00a0\u2028"))
def test_letters_digits_separators_and_the_listed_signs_are_allowed_in_tags(character):
    assert limits().tag_value.matches(character)
    assert limits().tag_value.disallowed_characters(character) == []


@pytest.mark.parametrize("character", list("!\"#$%&'()*,;<>?[\\]^`{|}~\n\t\x00€😀\u0301"))
def test_other_characters_in_tags_are_refused_and_named(character):
    assert unicodedata.category(character)[0] not in "LNZ"
    assert not limits().tag_value.matches(f"a{character}b")
    assert limits().tag_value.disallowed_characters(f"a{character}b{character}") == [character]


def test_a_pattern_has_to_match_the_whole_text():
    limit = TextLimit(1, 9, "[a-z]+")
    assert limit.matches("abc")
    assert not limit.matches("abc1")
    assert limit.disallowed_characters("abc1") == []


def test_length_limits_are_inclusive():
    limit = TextLimit(1, 3, "[a-z]*")
    assert [limit.fits_length("a" * n) for n in range(5)] == [False, True, True, True, False]


@pytest.mark.slow("starts processes")
def test_reading_the_limits_needs_neither_boto3_nor_a_session():
    code = (
        "import sys; from ivs_stream_key.aws.service_model import limits; limits(); "
        "print(*{'boto3', 'botocore.session', 'botocore.client'} & sys.modules.keys())"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == ""
