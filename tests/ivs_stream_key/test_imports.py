import subprocess
import sys

import ivs_stream_key
from ivs_stream_key import connection, errors, provider, resource


def test_importing_the_package_imports_nothing_of_aws():
    # The provider's server imports it for every operation, and a preview asks nothing of AWS.
    code = (
        "import sys, ivs_stream_key, ivs_stream_key.provider; "
        "print(*{'boto3', 'botocore', 'pulumi_aws', 'moto'} & sys.modules.keys())"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == ""


def test_the_paths_in_users_states_and_programs_stay():
    assert provider.StreamKeyProvider.__module__ == "ivs_stream_key.provider"
    assert ivs_stream_key.Connection is connection.Connection
    assert ivs_stream_key.StreamKey is resource.StreamKey
    assert ivs_stream_key.StreamKeyError is errors.StreamKeyError
    assert ivs_stream_key.__all__ == ["Connection", "StreamKey", "StreamKeyError"]
