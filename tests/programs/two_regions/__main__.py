"""A show in two regions, with explicit providers, default tags and a parameter in each."""

import pulumi
import pulumi_aws as aws

from ivs_channel import LiveChannel

config = pulumi.Config()
round_ = config.get("round") or "1"
REGIONS = ("eu-central-1", "us-west-2")


class Site(pulumi.ComponentResource):
    """The resources of the show in one region."""

    def __init__(self, region, opts=None):
        super().__init__("studio:site:Site", region, {}, opts)
        tags = {"site": region, "show": "evening"}
        self.provider = aws.Provider(
            region,
            region=region,
            default_tags={"tags": tags},
            opts=pulumi.ResourceOptions(parent=self),
        )
        child = pulumi.ResourceOptions(parent=self, provider=self.provider)
        self.live = LiveChannel(
            region,
            rotation_triggers={"round": round_},
            opts=pulumi.ResourceOptions(parent=self, providers=[self.provider]),
        )
        self.topic = aws.sns.Topic(region, opts=child)
        self.parameter = aws.ssm.Parameter(
            region,
            name=f"/show/{region}/stream-key",
            type="SecureString",
            value=self.live.stream_key,
            description=f"round {round_}",
            opts=child,
        )
        self.bucket = aws.s3.Bucket(region, force_destroy=True, opts=child)
        where = aws.get_region(opts=pulumi.InvokeOptions(provider=self.provider))
        self.description = where.description
        self.register_outputs({"playback_url": self.live.playback_url})


sites = {region: Site(region) for region in REGIONS}
zone = aws.route53.Zone("show", name="show.acme-video.net")
for region, site in sites.items():
    aws.route53.Record(
        region,
        zone_id=zone.zone_id,
        name=f"{region}.show.acme-video.net",
        type="TXT",
        ttl=60,
        records=[site.live.playback_url],
    )
for region, site in sites.items():
    pulumi.export(region, site.live.channel_arn)
    pulumi.export(f"{region}-topic", site.topic.arn)
    pulumi.export(f"{region}-place", site.description)
    pulumi.export(f"{region}-tags", site.parameter.tags_all)
