import pulumi
from toy import Group, Thing

config = pulumi.Config()
value = config.get("value") or "a"
root = Thing("root", value=value)
linked = Thing("linked", link=root.derived)
Thing("far", value=value, opts=pulumi.ResourceOptions(depends_on=[linked]))
group = Group("group")
Thing("child", value=value, opts=pulumi.ResourceOptions(parent=group))
Thing("deleted_with", value=value, opts=pulumi.ResourceOptions(deleted_with=root))
aside = Thing("aside", value=value)
if not config.get("gone"):
    Thing("leaving", link=aside.derived)
if config.get("new"):
    Thing("new", link=root.derived)
    Thing("left_out", link=aside.derived)
    Thing("theirs", opts=pulumi.ResourceOptions(id="root-1", depends_on=[root]))
