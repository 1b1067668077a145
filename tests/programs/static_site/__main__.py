"""A page with a player: a bucket behind CloudFront, a certificate in us-east-1, a zone with its records."""

import json

import pulumi
import pulumi_aws as aws

from ivs_channel import LiveChannel

config = pulumi.Config()
domain = config.get("domain") or "live.acme-video.net"
round_ = config.get("round") or "1"

live = LiveChannel("show", rotation_triggers={"round": round_})
pages = {
    "index.html": live.playback_url.apply(lambda url: f"<video src='{url}'></video>"),
    "error.html": "<p>Not here.</p>",
    "round.txt": f"round {round_}",
}

bucket = aws.s3.Bucket("site", force_destroy=True)
closed = aws.s3.BucketPublicAccessBlock(
    "site", bucket=bucket.id, block_public_acls=True, block_public_policy=True, ignore_public_acls=True
)
for name, content in pages.items():
    aws.s3.BucketObject(name, bucket=bucket.id, key=name, content=content, content_type="text/html")

east = aws.Provider("east", region="us-east-1")
certificate = aws.acm.Certificate(
    "site", domain_name=domain, validation_method="DNS", opts=pulumi.ResourceOptions(provider=east)
)
zone = aws.route53.Zone("site", name=domain)
validation = certificate.domain_validation_options[0]
proof = aws.route53.Record(
    "proof",
    zone_id=zone.zone_id,
    name=validation.resource_record_name,
    type=validation.resource_record_type,
    records=[validation.resource_record_value],
    ttl=60,
)
validated = aws.acm.CertificateValidation(
    "site",
    certificate_arn=certificate.arn,
    validation_record_fqdns=[proof.fqdn],
    opts=pulumi.ResourceOptions(provider=east),
)
access = aws.cloudfront.OriginAccessControl(
    "site", origin_access_control_origin_type="s3", signing_behavior="always", signing_protocol="sigv4"
)
distribution = aws.cloudfront.Distribution(
    "site",
    enabled=True,
    aliases=[domain],
    default_root_object="index.html",
    origins=[
        {
            "origin_id": "bucket",
            "domain_name": bucket.bucket_regional_domain_name,
            "origin_access_control_id": access.id,
        }
    ],
    default_cache_behavior={
        "allowed_methods": ["GET", "HEAD"],
        "cached_methods": ["GET", "HEAD"],
        "target_origin_id": "bucket",
        "viewer_protocol_policy": "redirect-to-https",
    },
    restrictions={"geo_restriction": {"restriction_type": "none"}},
    viewer_certificate={"acm_certificate_arn": validated.certificate_arn, "ssl_support_method": "sni-only"},
)
aws.route53.Record(
    "site",
    zone_id=zone.zone_id,
    name=domain,
    type="A",
    aliases=[
        {
            "name": distribution.domain_name,
            "zone_id": distribution.hosted_zone_id,
            "evaluate_target_health": False,
        }
    ],
)
statement = pulumi.Output.json_dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "cloudfront.amazonaws.com"},
                "Action": "s3:GetObject",
                "Resource": pulumi.Output.concat(bucket.arn, "/*"),
                "Condition": {"StringEquals": {"AWS:SourceArn": distribution.arn}},
            }
        ],
    }
)
aws.s3.BucketPolicy("site", bucket=bucket.id, policy=statement, opts=pulumi.ResourceOptions(depends_on=[closed]))

pulumi.export("url", f"https://{domain}/")
pulumi.export("host", distribution.domain_name)
pulumi.export("pages", json.dumps(sorted(pages)))
