import pulumi
from toy import Thing

config = pulumi.Config()
Thing("a", value="1", fail=["read", config.get("fail") or "read"])
Thing("b", value="1")
