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


def test_any_principal_is_a_star_and_an_effect_can_be_given():
    given = {"effect": "Deny", "notActions": ["*"], "principals": [{"type": "*", "identifiers": ["*"]}]}
    (statement,) = policy_document({"statements": [given]})["Statement"]
    assert statement == {"Effect": "Deny", "NotAction": "*", "Principal": "*"}


def test_documents_are_merged_and_statements_with_one_sid_are_overridden():
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


def test_an_invalid_source_policy_is_refused_and_not_quoted():
    with pytest.raises(ProviderError, match="expected policies in JSON"):
        policy_document({"sourcePolicyDocuments": ["secret"]})
