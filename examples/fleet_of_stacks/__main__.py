"""The program of a single stack, such as `pulumi up --stack eu-west-1-studios`: an alternative to `deploy.py`."""

import pulumi
from fleet_stacks import fleets

by_stack = {fleet.stack: fleet for fleet in fleets()}
if pulumi.get_stack() not in by_stack:
    raise pulumi.RunError(f"stack: expected one of {', '.join(by_stack)}, got {pulumi.get_stack()}")
by_stack[pulumi.get_stack()].declare()
