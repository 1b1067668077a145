"""The checks after an operation. Each raises `CheckFailed`, whose text says how to turn the check off."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from rehearsal.display.formatting import short_type
from rehearsal.provider import ObservableCloud
from rehearsal.state.property_values import Secret, reveal
from rehearsal.state.resource import ResourceState
from rehearsal.state.urns import name_of, type_of
from rehearsal.testing.assertions import UNCHANGED
from rehearsal.testing.checks import CheckFailed
from rehearsal.testing.pickles import fault_of
from rehearsal.testing.plaintext import (
    exposed,
    public_texts,
    redacted,
    secrets_given,
    secrets_of,
    secrets_of_config,
    without_envelopes,
)
from rehearsal.testing.results import OperationFailed, Outcome, PreviewResult

__all__ = ["OFF", "check_pickles", "check_preview", "check_secrets"]

OFF: Final = "(rehearse(…, check_{0}=False) leaves this check out)"
"""How to turn the check with this name off."""

_PROVIDER: Final = "__provider"


def check_preview(preview: PreviewResult, *, pickle: bool) -> None:
    """Check that a preview after an `up` shows no changes and, with `pickle`, that providers have the same pickles."""
    __tracebackhide__ = True
    if any(step.op not in UNCHANGED for step in preview.steps):
        what = "the preview after this up is not empty; another up would"
        raise CheckFailed("\n".join([f"{what}:", *preview.plan.lines(), OFF.format("preview")]))
    for step in preview.steps:
        old, new = reveal(step.old.get(_PROVIDER)), reveal(step.new.get(_PROVIDER))
        if pickle and old != new:
            raise CheckFailed(
                f"the provider of {name_of(step.urn)} is not the same bytes when the program runs again, so that "
                f"every `up` would update it {OFF.format('pickle')}"
            )


def check_pickles(states: Sequence[ResourceState], folder: Path) -> None:
    """Check that every dynamic provider loads in a fresh interpreter, which imports modules from `folder`."""
    __tracebackhide__ = True
    for state in states:
        pickle = reveal(state.inputs.get(_PROVIDER))
        if isinstance(pickle, str):
            fault = fault_of(pickle, folder)
            if fault:
                what = f"the provider of {short_type(state.urn)} {name_of(state.urn)} can't be relied on"
                raise CheckFailed(f"{what}: {fault}\n{OFF.format('pickle')}")


def check_secrets(
    result: Outcome,
    captured: str,
    failure: OperationFailed | None,
    exported: Mapping[str, Any],
    config: Mapping[str, str | Secret],
    observed: Sequence[ObservableCloud],
) -> None:
    """Check that no secret is in plaintext in the result, in `captured` output and logs, or in the `exported` state.

    `failure` is the operation's error. The text begins with it, because it may be the test's own assertion that shows
    the secret.
    """
    __tracebackhide__ = True
    states = [ResourceState.from_json(r) for r in exported["deployment"].get("resources") or []]
    steps = [ResourceState(s.urn, type_of(s.urn), custom=True, inputs=p) for s in result.steps for p in (s.old, s.new)]
    public = public_texts([*states, *steps], [cloud.in_the_open for cloud in observed])
    known = secrets_given(result.report.given) | secrets_of([*states, *steps])
    secrets = {text: origin for text, origin in known.items() if text not in public}
    secrets |= secrets_of_config(config)
    for cloud in observed:
        for secret in cloud.secrets():
            secrets.setdefault(secret, "a secret of the cloud")
    places = {
        f"what the {result.report.op} shows": _text(result),
        "what was printed or logged": "\n".join([captured, *result.report.debug]),
        "the state, outside of any secret's envelope": json.dumps(without_envelopes(exported)),
    }
    lines = exposed(secrets, places)
    if lines:
        before = f"{redacted(str(failure), secrets)}\nbesides, " if failure else ""
        what = "a secret can be read in plaintext"
        raise CheckFailed("\n  ".join([f"{before}{what}:", *lines]) + f"\n{OFF.format('secrets')}") from None


def _text(result: Outcome) -> str:
    shown = cast(Any, result).stdout
    return "\n".join([shown, *(d.text for d in result.diagnostics), json.dumps(result.report.to_json())])
