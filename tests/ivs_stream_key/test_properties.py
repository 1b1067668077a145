from ivs_stream_key import properties


def test_the_property_names_are_those_in_users_states():
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


def test_only_what_a_key_is_made_for_is_its_identity():
    assert properties.IDENTITY == ("channel_arn", "rotation_triggers")


def test_a_key_found_is_replaced_by_default():
    assert properties.EXISTING_KEY_CHOICES[0] == "replace"
    assert set(properties.EXISTING_KEY_CHOICES) == {"replace", "adopt", "fail"}


def test_a_broadcast_is_let_run_by_default():
    assert properties.WHEN_LIVE_CHOICES[0] == "keep"
    assert set(properties.WHEN_LIVE_CHOICES) == {"keep", "fail", "stop"}


def test_what_is_compared_and_no_input_is_made_of_inputs_and_settings():
    assert set(properties.COMPARED) - set(properties.DECLARED) == {"tags_all"}


def test_whose_key_it_is_is_no_change_of_the_key():
    assert set(properties.DECLARED) - set(properties.COMPARED) == {"owner"}


def test_every_public_name_is_listed():
    assert set(properties.__all__) == {name for name in vars(properties) if name.isupper() and name[0] != "_"}
