"""Access to the state of a stack in a test: resources, outputs and secrets, export and import."""

from __future__ import annotations

import json
import warnings

from pulumi.automation import Deployment, OutputValue

from rehearsal.stack import Stack
from rehearsal.state.property_values import Secret
from rehearsal.state.resource import ResourceState
from rehearsal.state.urns import ROOT_TYPE
from rehearsal.testing.configured import Configured
from rehearsal.testing.naming import only_match
from rehearsal.testing.results import output_map

__all__ = ["WithState"]


class WithState(Configured):
    """A stack whose state a test can read and replace."""

    def _kept(self) -> Stack:
        """Return the stack."""
        raise NotImplementedError

    def _enter(self) -> None:
        """Start the stack's clouds, unless they are running."""
        raise NotImplementedError

    def outputs(self) -> dict[str, OutputValue]:
        """Return the stack's outputs after the last operation."""
        roots = [state for state in self.resources() if state.type == ROOT_TYPE]
        return output_map(roots[0].outputs if roots else {})

    def export_stack(self) -> Deployment:
        """Return the deployment, with secrets in plaintext in their envelopes."""
        exported = self._kept().export()
        return Deployment(exported["version"], exported["deployment"])

    def import_stack(self, state: Deployment) -> None:
        """Replace the state by a deployment from ``pulumi stack export --show-secrets``.

        Its resources are created in the cloud, if their types are modelled.

        :raises StateError: if it can't be read, or belongs to another stack or project than named in `rehearse`.
        """
        self._enter()
        self._kept().import_deployment(json.dumps({"version": state.version, "deployment": state.deployment}))

    def resources(self) -> list[ResourceState]:
        """Return the resources of the state, including providers and components."""
        return [ResourceState.from_json(r) for r in self._kept().export()["deployment"].get("resources") or []]

    def resource(self, resource: str) -> ResourceState:
        """Return a resource of the state by its URN, its name, or its name with types before it.

        Examples are ``Channel::live`` and, if it is ambiguous, ``LiveChannel$Channel::live``. Resources that are
        pending deletion after a replacement are ignored.

        :raises LookupError: if there is none, or several.
        """
        states = {state.urn: state for state in self.resources() if not state.delete}
        return states[only_match(resource, states)]

    def secret(self, resource: str, output: str) -> bool:
        """Call `is_secret`. Deprecated for one release."""
        __tracebackhide__ = True
        warnings.warn("secret() is now called is_secret()", DeprecationWarning, stacklevel=2)
        return self.is_secret(resource, output)

    def is_secret(self, resource: str, output: str) -> bool:
        """Assert that an output of a resource is secret in the state."""
        __tracebackhide__ = True
        outputs = self.resource(resource).outputs
        if output not in outputs:
            raise AssertionError(f"{resource} has no output {output!r}; it has {', '.join(outputs) or 'none'}")
        if not isinstance(outputs[output], Secret):
            raise AssertionError(  # noqa: TRY004 - a failed assertion, not an argument
                f"output {output!r} of {resource} is in plaintext in the state; name it in the resource's "
                "additional_secret_outputs"
            )
        return True
