"""The stacks: one for each file of channels in `fleets/REGION/`. Moving a channel to another file replaces it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pulumi

from ivs_channel import LiveChannels, ssm

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Fleet:
    """The channels of one file."""

    stack: str
    region: str
    file: Path

    def declare(self) -> None:
        """Declare the channels; this is the program of the stack."""
        channels = LiveChannels(
            self.stack,
            self.file,
            # Stacks of one region share its parameters.
            defaults={"publish_to": ssm(f"/live/{self.stack}/{{name}}/key")},
            max_rotations_per_up=pulumi.Config().require_int("max_rotations_per_up"),
        )
        pulumi.export("watch", channels.playback_urls)
        pulumi.export("due", channels.rotations_due_at)


def fleets(folder: Path = HERE / "fleets") -> Iterator[Fleet]:
    """Yield the fleets by their regions; `fleets/eu-west-1/studios.yaml` is the stack `eu-west-1-studios`."""
    for file in sorted(folder.glob("*/*.yaml")):
        region = file.parent.name
        yield Fleet(f"{region}-{file.stem}", region, file)
