"""Mocks for unit tests of programs: plausible outputs of AWS, and checked inputs.

Imports neither the cloud nor the resources.
"""

from rehearsal_aws.mocks.aws_mocks import AwsMocks, MockedResource, MockedRun, run_with_mocks

__all__ = ["AwsMocks", "MockedResource", "MockedRun", "run_with_mocks"]
