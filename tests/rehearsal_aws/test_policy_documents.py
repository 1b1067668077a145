import json

import pytest

from rehearsal.provider import ProviderError
from rehearsal_aws.policy_documents import policy_document


def test_a_statement_is_written_as_terraform_writes_it():
    given = {
        "sid": "Read",
        "actions": ["s3:GetObject"],
        "resources": ["a", "b"],
        "principals": [{"type": "AWS", "identifiers": ["x"]}, {"type": "AWS", "identifiers": ["y"]}],
        "conditions": [{"test": "StringEquals", "variable": "aws:x", "values": ["1"]}],
    }
    assert policy_document({"statements": [given], "policyId": "id"}) == {
        "Version": "2012-10-17",
        "Id": "id",
        "Statement": [
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": ["b", "a"],
                "Principal": {"AWS": ["y", "x"]},
                "Condition": {"StringEquals": {"aws:x": "1"}},
            }
        ],
    }


def test_everybody_is_a_star_and_an_effect_may_be_given():
    given = {"effect": "Deny", "notActions": ["*"], "principals": [{"type": "*", "identifiers": ["*"]}]}
    (statement,) = policy_document({"statements": [given]})["Statement"]
    assert statement == {"Effect": "Deny", "NotAction": "*", "Principal": "*"}


def test_documents_are_put_together_and_one_of_the_same_sid_takes_the_others_place():
    source = json.dumps({"Statement": [{"Sid": "A", "Effect": "Allow"}, {"Sid": "B", "Effect": "Allow"}]})
    override = json.dumps({"Statement": {"Sid": "B", "Effect": "Deny"}})
    made = policy_document(
        {
            "sourcePolicyDocuments": [source],
            "overridePolicyDocuments": [override],
            "statements": [{"sid": "C", "actions": ["x"]}],
        }
    )
    assert [(one["Sid"], one["Effect"]) for one in made["Statement"]] == [("A", "Allow"), ("B", "Deny"), ("C", "Allow")]


def test_a_source_that_is_no_policy_is_refused_without_its_text():
    with pytest.raises(ProviderError, match="expected policies in JSON"):
        policy_document({"sourcePolicyDocuments": ["secret"]})
