import pulumi
from toy import Thing

config = pulumi.Config()
root = Thing("root", dbr=config.get("v") or "1", fail=["create"] if config.get_bool("broken") else None)
middle = Thing("middle", link=root.id, link_forces=True)
Thing("leaf", link=middle.derived, link_forces=True)
Thing("side", link=middle.serial)
