"""The options of one child of a LiveChannel."""

from collections.abc import Callable
from typing import Any

import pulumi

__all__ = ["ChildOptions", "merged_options", "validated_options"]

ChildOptions = pulumi.ResourceOptions | Callable[[pulumi.ResourceOptions], pulumi.ResourceOptions]
"""Options that are merged into a child's, or a function from a child's options to others."""


def validated_options(given: Any, subject: str) -> ChildOptions | None:
    """Return the options that the program gives; TypeError, which begins with `subject`, for an invalid value."""
    if given is None or isinstance(given, pulumi.ResourceOptions) or callable(given):
        return given  # type: ignore[no-any-return]  # of these three
    raise TypeError(
        f"{subject}: expected a ResourceOptions, or a function that is given one, got a {type(given).__name__}."
    )


def merged_options(opts: pulumi.ResourceOptions, own: ChildOptions | None, subject: str) -> pulumi.ResourceOptions:
    """Return a child's options merged with the program's; TypeError, beginning with `subject`, for a bad function."""
    if own is None:
        return opts
    if isinstance(own, pulumi.ResourceOptions):
        return pulumi.ResourceOptions.merge(opts, own)
    made = own(opts)
    if not isinstance(made, pulumi.ResourceOptions):
        raise TypeError(f"{subject}: expected the function to return a ResourceOptions, got a {type(made).__name__}.")
    return made
