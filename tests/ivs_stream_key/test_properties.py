from ivs_stream_key import properties


def test_property_names_are_those_in_users_states():
    assert set(properties.DECLARED) == {
        "channel_arn",
        "tags",
        "rotation_triggers",
        "rotation_days",
        "rotation_schedule",
        "existing_key",
        "when_live",
        "connection",
        "deletion_protection",
        "owner",
    }
    assert set(properties.COMPUTED) == {"arn", "value", "created_at", "rotation_due_at", "tags_all", "owner_tag"}


def test_the_identity_is_channel_and_rotation_triggers():
    assert properties.IDENTITY == ("channel_arn", "rotation_triggers")


def test_an_existing_key_is_replaced_by_default():
    assert properties.EXISTING_KEY_CHOICES[0] == "replace"
    assert set(properties.EXISTING_KEY_CHOICES) == {"replace", "adopt", "fail"}


def test_a_broadcast_is_kept_by_default():
    assert properties.WHEN_LIVE_CHOICES[0] == "keep"
    assert set(properties.WHEN_LIVE_CHOICES) == {"keep", "fail", "stop"}


def test_the_only_compared_property_that_is_no_input_is_tags_all():
    assert set(properties.COMPARED) - set(properties.DECLARED) == {"tags_all"}


def test_the_only_input_that_is_not_compared_is_the_owner():
    assert set(properties.DECLARED) - set(properties.COMPARED) == {"owner"}


def test_every_public_name_is_listed():
    assert set(properties.__all__) == {name for name in vars(properties) if name.isupper() and name[0] != "_"}
