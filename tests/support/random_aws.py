"""Makes random calls to the modelled services, and reads their resources.

Tests close or kill an embedded cloud, open it again, and compare what it returns.
"""

import contextlib
import json
from collections.abc import Callable
from random import Random
from typing import Any

from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import moto_ivs

Clients = Callable[[str], Any]
_POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
_PEM = generate_private_key(SECP384R1()).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


class RandomCalls:
    """Makes random calls. They use only three names, so that many calls concern the same resource."""

    def __init__(self, clients: Clients, random: Random) -> None:
        self.clients = clients
        self.random = random
        self.ciphertexts: list[bytes] = []
        self.sessions: list[dict[str, str]] = []
        self._operations = [getattr(self, name) for name in sorted(dir(type(self))) if name.startswith("do_")]

    def call_once(self) -> None:
        """Make one random call; ignore errors of AWS."""
        with contextlib.suppress(ClientError, moto_ivs.BroadcastError):
            self.random.choice(self._operations)()

    def name(self) -> str:
        return self.random.choice(["one", "two", "three"])

    def pick(self, items: list[Any]) -> Any:
        return self.random.choice(items) if items else {"arn": "arn:aws:ivs:us-east-1:123456789012:channel/none"}

    def tags(self) -> dict[str, str]:
        return {self.name(): str(self.random.random()) for _ in range(self.random.randrange(3))}

    def channel(self) -> str:
        return str(self.pick(self.clients("ivs").list_channels()["channels"])["arn"])

    def key(self) -> str:
        return str(self.pick(self.clients("ivs").list_stream_keys(channelArn=self.channel())["streamKeys"])["arn"])

    def do_ivs_create_channel(self) -> None:
        self.clients("ivs").create_channel(name=self.name(), tags=self.tags())

    def do_ivs_update_channel(self) -> None:
        self.clients("ivs").update_channel(arn=self.channel(), name="ü" + self.name(), authorized=True)

    def do_ivs_delete_channel(self) -> None:
        self.clients("ivs").delete_channel(arn=self.channel())

    def do_ivs_rotate(self) -> None:
        channel = self.channel()
        for key in self.clients("ivs").list_stream_keys(channelArn=channel)["streamKeys"]:
            self.clients("ivs").delete_stream_key(arn=key["arn"])
        self.clients("ivs").create_stream_key(channelArn=channel, tags=self.tags())

    def do_ivs_tag(self) -> None:
        self.clients("ivs").tag_resource(resourceArn=self.key(), tags=self.tags() or {"a": "b"})

    def do_ivs_go_live(self) -> None:
        moto_ivs.go_live(self.channel(), viewer_count=self.random.randrange(9))

    def do_ivs_go_offline(self) -> None:
        moto_ivs.go_offline(self.channel())

    def do_ivs_record(self) -> None:
        bucket = {"s3": {"bucketName": self.name()}}
        self.clients("ivs").create_recording_configuration(destinationConfiguration=bucket, tags=self.tags())

    def do_ivs_playback_key(self) -> None:
        self.clients("ivs").import_playback_key_pair(publicKeyMaterial=_PEM.decode(), tags=self.tags())

    def do_ssm_put(self) -> None:
        kind = self.random.choice(["String", "SecureString"])
        value = str(self.random.random())
        self.clients("ssm").put_parameter(Name=f"/a/{self.name()}", Value=value, Type=kind, Overwrite=True)

    def do_ssm_tag(self) -> None:
        tags = [{"Key": key, "Value": value} for key, value in self.tags().items()]
        self.clients("ssm").add_tags_to_resource(ResourceType="Parameter", ResourceId=f"/a/{self.name()}", Tags=tags)

    def do_ssm_label(self) -> None:
        # Use an existing parameter: for a missing one moto creates an empty parameter, which it can't list.
        for parameter in self.clients("ssm").describe_parameters()["Parameters"][:1]:
            self.clients("ssm").label_parameter_version(Name=parameter["Name"], Labels=[self.name()])

    def do_ssm_delete(self) -> None:
        self.clients("ssm").delete_parameter(Name=f"/a/{self.name()}")

    def do_ssm_get_public_parameter(self) -> None:
        # After this call the cloud lists AWS's public parameters too, until it is closed.
        self.clients("ssm").get_parameter(Name="/aws/service/global-infrastructure/regions/eu-west-1/longName")

    def do_secret_create(self) -> None:
        text = {"SecretString": "é" * 9} if self.random.random() < 0.5 else {"SecretBinary": b"\xff\x00"}
        self.clients("secretsmanager").create_secret(Name=self.name(), **text, Tags=[{"Key": "a", "Value": "b"}])

    def do_secret_put(self) -> None:
        self.clients("secretsmanager").put_secret_value(SecretId=self.name(), SecretString=str(self.random.random()))

    def do_secret_delete(self) -> None:
        self.clients("secretsmanager").delete_secret(SecretId=self.name())

    def do_secret_restore(self) -> None:
        self.clients("secretsmanager").restore_secret(SecretId=self.name())

    def do_s3_create(self) -> None:
        self.clients("s3").create_bucket(Bucket=self.name())

    def do_s3_settings(self) -> None:
        s3, name = self.clients("s3"), self.name()
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "k", "Value": str(self.random.random())}]})
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
        rule = {"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 3}}
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [rule]})

    def do_s3_put(self) -> None:
        body = self.random.randbytes(40)
        self.clients("s3").put_object(Bucket=self.name(), Key=f"k/{self.name()}", Body=body, Metadata={"a_b": "c"})

    def do_s3_upload(self) -> None:
        s3, name = self.clients("s3"), self.name()
        upload = s3.create_multipart_upload(Bucket=name, Key="big")["UploadId"]
        s3.upload_part(Bucket=name, Key="big", UploadId=upload, PartNumber=1, Body=b"part")

    def do_s3_delete(self) -> None:
        self.clients("s3").delete_object(Bucket=self.name(), Key=f"k/{self.name()}")

    def do_s3_delete_bucket(self) -> None:
        self.clients("s3").delete_bucket(Bucket=self.name())

    def do_iam_role(self) -> None:
        iam, name = self.clients("iam"), self.name()
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_POLICY))
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(_POLICY))

    def do_iam_policy(self) -> None:
        iam, name = self.clients("iam"), self.name()
        arn = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(_POLICY))["Policy"]["Arn"]
        iam.attach_role_policy(RoleName=self.name(), PolicyArn=arn)

    def do_iam_user(self) -> None:
        iam, name = self.clients("iam"), self.name()
        iam.create_user(UserName=name)
        iam.create_access_key(UserName=name)

    def do_sts_assume(self) -> None:
        arn = f"arn:aws:iam::123456789012:role/{self.name()}"
        response = self.clients("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        self.sessions.append({name: response[name] for name in names})

    def do_kms_create(self) -> None:
        kms = self.clients("kms")
        key = kms.create_key(Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]["KeyId"]
        self.ciphertexts.append(kms.encrypt(KeyId=key, Plaintext=b"plain")["CiphertextBlob"])
        kms.create_alias(AliasName=f"alias/{self.name()}", TargetKeyId=key)

    def do_kms_sign(self) -> None:
        self.clients("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")


def read_resources(clients: Clients, calls: RandomCalls) -> dict[str, Any]:
    """Read all resources; return the responses by request."""
    recorder = _Recorder(clients)
    for read_service in (_ivs, _ssm, _secrets, _s3, _iam, _kms):
        read_service(recorder.call)
    for ciphertext in calls.ciphertexts:
        recorder.call("kms", "decrypt", CiphertextBlob=ciphertext)
    return recorder.responses


class _Recorder:
    """Makes calls and keeps their responses, errors included."""

    def __init__(self, clients: Clients) -> None:
        self.clients = clients
        self.responses: dict[str, Any] = {}

    def call(self, service: str, operation: str, **given: Any) -> dict[str, Any]:
        try:
            response: dict[str, Any] = getattr(self.clients(service), operation)(**given)
        except ClientError as error:
            response = {"error": str(error)}
        response.pop("ResponseMetadata", None)
        if "Body" in response:
            response["Body"] = response["Body"].read()
        self.responses[f"{service} {operation} {given}"] = response
        return response


_Call = Callable[..., dict[str, Any]]


def _ivs(call: _Call) -> None:
    for channel in call("ivs", "list_channels")["channels"]:
        call("ivs", "get_channel", arn=channel["arn"])
        call("ivs", "get_stream", channelArn=channel["arn"])
        for key in call("ivs", "list_stream_keys", channelArn=channel["arn"])["streamKeys"]:
            call("ivs", "get_stream_key", arn=key["arn"])
    for kind in ("recording_configurations", "playback_key_pairs", "streams"):
        call("ivs", f"list_{kind}")


def _ssm(call: _Call) -> None:
    own_parameters = [{"Key": "Path", "Option": "Recursive", "Values": ["/a"]}]  # not AWS's public parameters
    for parameter in call("ssm", "describe_parameters", ParameterFilters=own_parameters)["Parameters"]:
        call("ssm", "get_parameter_history", Name=parameter["Name"], WithDecryption=True)
        call("ssm", "list_tags_for_resource", ResourceType="Parameter", ResourceId=parameter["Name"])


def _secrets(call: _Call) -> None:
    for secret in call("secretsmanager", "list_secrets", IncludePlannedDeletion=True)["SecretList"]:
        call("secretsmanager", "describe_secret", SecretId=secret["Name"])
        for version in secret.get("SecretVersionsToStages", {}):
            call("secretsmanager", "get_secret_value", SecretId=secret["Name"], VersionId=version)


def _s3(call: _Call) -> None:
    for bucket in call("s3", "list_buckets")["Buckets"]:
        name = bucket["Name"]
        for what in ("versioning", "tagging", "lifecycle_configuration", "location", "policy", "acl"):
            call("s3", f"get_bucket_{what}", Bucket=name)
        call("s3", "get_public_access_block", Bucket=name)
        for upload in call("s3", "list_multipart_uploads", Bucket=name).get("Uploads", []):
            call("s3", "list_parts", Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"])
        for item in call("s3", "list_object_versions", Bucket=name).get("Versions", []):
            call("s3", "get_object", Bucket=name, Key=item["Key"], VersionId=item["VersionId"])


def _iam(call: _Call) -> None:
    call("iam", "get_account_authorization_details")
    for user in call("iam", "list_users")["Users"]:
        call("iam", "list_access_keys", UserName=user["UserName"])


def _kms(call: _Call) -> None:
    for key in call("kms", "list_keys")["Keys"]:
        call("kms", "describe_key", KeyId=key["KeyId"])
        call("kms", "get_public_key", KeyId=key["KeyId"])
        call("kms", "list_resource_tags", KeyId=key["KeyId"])
    call("kms", "list_aliases")
