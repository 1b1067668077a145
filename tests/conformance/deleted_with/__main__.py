import pulumi
from toy import Thing

config = pulumi.Config()
top = Thing("top", force=config.get("force") or "1", dbr=config.get("dbr") or "1")
if not config.get_bool("drop"):
    inner = Thing("inner", opts=pulumi.ResourceOptions(deleted_with=top))
    Thing("innermost", opts=pulumi.ResourceOptions(deleted_with=inner))
