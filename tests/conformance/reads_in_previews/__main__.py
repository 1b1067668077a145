import pulumi
from toy import Thing

config = pulumi.Config()
first = Thing("first", value=config.get("value"), force=config.get("force"))
# By the time it is read, this is the first one or its replacement.
id = config.get("id") or "first-1"
theirs = Thing("theirs", opts=pulumi.ResourceOptions(id=id, depends_on=[first]))
# What it depends on is only read, never created.
after = Thing("after", opts=pulumi.ResourceOptions(id=id, depends_on=[theirs]))
Thing("uses", value=theirs.derived)
Thing("steady")
if config.get("alone"):
    Thing("alone", opts=pulumi.ResourceOptions(id=config.get("alone")))
pulumi.export("id", theirs.id)
pulumi.export("derived", theirs.derived)
