import pulumi
from pulumi import Alias, ResourceOptions
from toy import Thing

config = pulumi.Config()
renamed = config.get("renamed")
options = ResourceOptions(aliases=[Alias(name="old")]) if renamed else None
root = Thing("new" if renamed else "old", dbr=renamed, opts=options)
Thing("leaf", link=root.id, link_forces=True)
v = config.get("v") or "1"
Thing("deaf", force=v, value=v, opts=ResourceOptions(ignore_changes=["force", "value"]))
Thing("half", force=v, value=v, opts=ResourceOptions(ignore_changes=["value"]))
