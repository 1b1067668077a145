import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def test_an_aws_managed_policy_exists_on_demand_and_cannot_be_deleted(client, shared_cloud, embedded):
    iam = client("iam")
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument="{}")
    iam.attach_role_policy(RoleName="worker", PolicyArn=ROLE)
    (attached,) = iam.list_attached_role_policies(RoleName="worker")["AttachedPolicies"]
    assert attached["PolicyArn"] == ROLE
    assert (
        iam.get_policy(PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")["Policy"]["PolicyName"] == "ReadOnlyAccess"
    )
    assert [name for name in embedded.remaining() if "iam" in name] == ["arn:aws:iam::123456789012:role/worker"]


@pytest.mark.parametrize("name", ["NoSuchPolicy", "wrong/ReadOnlyAccess"])
def test_an_unknown_managed_policy_does_not_exist(client, name):
    with pytest.raises(ClientError, match="NoSuchEntity"):
        client("iam").get_policy(PolicyArn=f"arn:aws:iam::aws:policy/{name}")
