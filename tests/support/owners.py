"""Makes values of the input `owner` of a StreamKey, as its constructor does."""

TYPE = "pulumi-python:dynamic/ivs:StreamKey"


def owner(name="live", *, stack="prod", project="shop", organization="acme", parents="", **more):
    urn = f"urn:pulumi:{stack}::{project}::{parents}{TYPE}::{name}"
    return {"organization": organization, "urn": urn, **more}


OWNER = owner()
