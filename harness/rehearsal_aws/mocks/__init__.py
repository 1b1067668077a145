"""Mocks for unit tests of programs: outputs that look like AWS's, and inputs that are checked."""

from rehearsal_aws.mocks.aws_mocks import AwsMocks, MockedResource, MockedRun, run_with_mocks

__all__ = ["AwsMocks", "MockedResource", "MockedRun", "run_with_mocks"]
