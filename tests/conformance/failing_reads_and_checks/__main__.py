import pulumi
from toy import Thing

config = pulumi.Config()
a = Thing("a", value="1", fail=["read", config.get("fail") or "read"])
# After a, which fails: of what is independent, the engine may have begun any part by then.
Thing("b", value="1", opts=pulumi.ResourceOptions(depends_on=[a]))
