"""Whether somebody else has taken a key over since a resource made it or took it over, and the refusal that follows.

Only the owner tag can tell, which a takeover writes anew. docs/decisions/0010-whose-key-it-is.md says how.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ivs_stream_key.aws import arns
from ivs_stream_key.errors import KeyExists
from ivs_stream_key.ivs.ownership import Maker, Owner, has_version, leaves_room, maker_of, parse_mark
from ivs_stream_key.lifecycle.existing_keys import described

if TYPE_CHECKING:
    from ivs_stream_key.ivs.stream_keys import Listed

__all__ = ["is_taken_over", "refuse_taken_over"]


def is_taken_over(listed: "Listed", known: Any, owner: Owner | None) -> bool:
    """Whether somebody else has taken a key over since its owner tag was `known`, as the outputs have it.

    `owner` is who has the key by the same outputs. A tag that names it is its own, whatever the outputs say: an update
    wrote it that was cut off before the state was.
    """
    if has_version(listed.mark):
        is_own = parse_mark(listed.mark) is not None and maker_of(listed.mark, owner) is Maker.RESOURCE
        return bool(listed.mark != known) and not is_own
    # With so many tags of the taker's that none had room to say so; its own would have emptied `known`.
    return listed.mark is None and has_version(known) and not leaves_room(listed.tags)


def refuse_taken_over(
    listed: "Listed",
    known: Any,
    owners: Sequence[Owner | None],
    tags: Any,
    channel: arns.Arn,
) -> None:
    """KeyExists if another stack has taken the key over since its owner tag was `known`.

    `owners` are who has the key by the outputs and by the program, which differ when the stack was renamed. A resource
    of the same stack that took it over is one that the program has no more: this one takes the key back.
    `tags` are those that the program declares, with which an update that was cut off may have left the key already,
    maybe so many that there is no owner tag.
    """
    if not is_taken_over(listed, known, owners[0]):
        return
    makers = {maker_of(listed.mark, owner) for owner in owners}
    if makers & {Maker.RESOURCE, Maker.STACK} or (isinstance(tags, Mapping) and listed.is_full_of(tags)):
        return
    raise KeyExists(
        f"The stream key of the channel {channel} was taken over by another stack, and this one leaves it alone.",
        resource=channel.text,
        expected="the key as this StreamKey left it",
        got=f"{listed.arn}, {described(listed, owners[-1])}",
        remedy="take this StreamKey out of the program, which leaves the key alone; to take the key back, add it again "
        "in a later run, with existing_key='adopt' or 'replace'.",
    )
