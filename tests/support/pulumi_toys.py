"""A small SDK in the form that Pulumi generates: unmodelled types with getters, docstrings and registration."""

import enum
import types
from collections.abc import Mapping, Sequence
from typing import overload

import pulumi
import pulumi.runtime


class Mode(str, enum.Enum):  # noqa: UP042 - as the SDKs have it
    CALM = "calm"
    WILD = "wild"


@pulumi.output_type
class Part(dict):
    def __init__(self, *, label, created_at, part_number=None):
        pulumi.set(self, "label", label)
        pulumi.set(self, "created_at", created_at)
        pulumi.set(self, "part_number", part_number)

    @property
    @pulumi.getter
    def label(self) -> str:
        return pulumi.get(self, "label")

    @property
    @pulumi.getter(name="partNumber")
    def part_number(self) -> str | None:
        return pulumi.get(self, "part_number")

    @property
    @pulumi.getter(name="createdAt")
    def created_at(self) -> str:
        return pulumi.get(self, "created_at")


class Robot(pulumi.CustomResource):
    @overload
    def __init__(self, resource_name: str, opts: pulumi.ResourceOptions | None = None, **props):  # noqa: D418 - as the SDKs have it
        """
        A robot.

        ## Import

        ```sh
        $ pulumi import toys:index/robot:Robot rob robot-a01106c2
        ```

        :param pulumi.Input[str] maker: Who made it. Changing this forces a new resource.
        """

    @overload
    def __init__(self, resource_name: str, args: dict, opts: pulumi.ResourceOptions | None = None): ...

    def __init__(self, resource_name, opts=None, **props):
        outputs = dict.fromkeys(
            "code colour endpoint home last_seen maker mode name note parts password port spare weight wheels".split()  # noqa: SIM905
        )
        secret = pulumi.ResourceOptions(additional_secret_outputs=["password"])
        super().__init__(
            "toys:index/robot:Robot", resource_name, outputs | props, pulumi.ResourceOptions.merge(opts, secret)
        )

    @staticmethod
    def get(resource_name, id):
        return Robot(resource_name, pulumi.ResourceOptions(id=id))

    @property
    @pulumi.getter
    def code(self) -> pulumi.Output[str]: ...

    @property
    @pulumi.getter
    def colour(self) -> pulumi.Output[str]:
        """Its colour. Valid values are `red` and `green`. Changing the colour forces replacement."""

    @property
    @pulumi.getter
    def endpoint(self) -> pulumi.Output[str]: ...

    @property
    @pulumi.getter
    def home(self) -> pulumi.Output[Part]: ...

    @property
    @pulumi.getter(name="lastSeen")
    def last_seen(self) -> pulumi.Output[str]:
        """When it was seen, in RFC3339."""

    @property
    @pulumi.getter
    def maker(self) -> pulumi.Output[str | None]: ...

    @property
    @pulumi.getter
    def mode(self) -> pulumi.Output[Mode]: ...

    @property
    @pulumi.getter
    def name(self) -> pulumi.Output[str]: ...

    @property
    @pulumi.getter
    def note(self) -> pulumi.Output[str | None]: ...

    @property
    @pulumi.getter
    def parts(self) -> pulumi.Output[Sequence[Part] | None]: ...

    @property
    @pulumi.getter
    def password(self) -> pulumi.Output[str]: ...

    @property
    @pulumi.getter
    def port(self) -> pulumi.Output[int]: ...

    @property
    @pulumi.getter
    def spare(self) -> pulumi.Output[Sequence[str]]: ...

    @property
    @pulumi.getter
    def weight(self) -> pulumi.Output[float]:
        """Its weight. Defaults to `2.5`."""

    @property
    @pulumi.getter
    def wheels(self) -> pulumi.Output[Mapping[str, str]]: ...


@pulumi.output_type
class GetRobotsResult:
    def __init__(self, ids=None, owner=None, found=None):
        pulumi.set(self, "ids", ids)
        pulumi.set(self, "owner", owner)
        pulumi.set(self, "found", found)

    @property
    @pulumi.getter
    def ids(self) -> Sequence[str]:
        return pulumi.get(self, "ids")

    @property
    @pulumi.getter
    def owner(self) -> str | None:
        return pulumi.get(self, "owner")

    @property
    @pulumi.getter
    def found(self) -> bool:
        return pulumi.get(self, "found")


def get_robots(owner=None):
    return pulumi.runtime.invoke("toys:index/getRobots:getRobots", {"owner": owner}, typ=GetRobotsResult).value


pulumi.runtime.register_resource_module(
    "toys",
    "index/robot",
    types.SimpleNamespace(
        version=lambda: None,
        construct=None,
        mod_info={"fqn": __name__, "classes": {"toys:index/robot:Robot": "Robot"}},
    ),
)
