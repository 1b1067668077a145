"""`rehearse up` of 60 resources of unmodelled types, compared with 60 of a modelled type.

Each run is a process of the command line with a new stack. The time includes all imports; the time of the program's
imports alone is shown too. The results are medians.

    python benchmarks/made_up.py [--runs 5]
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MADE_UP = """
import pulumi
import pulumi_aws as aws

for n in range(5):
    cluster = aws.ecs.Cluster(f"cluster{n}")
    balancer = aws.lb.LoadBalancer(f"balancer{n}", load_balancer_type="network", subnets=["subnet-0a1b2c3d"])
    group = aws.lb.TargetGroup(f"group{n}", port=80, protocol="TCP", vpc_id="vpc-0a1b2c3d")
    aws.lb.Listener(
        f"listener{n}",
        load_balancer_arn=balancer.arn,
        port=80,
        protocol="TCP",
        default_actions=[{"type": "forward", "target_group_arn": group.arn}],
    )
    aws.ecs.TaskDefinition(f"task{n}", family=f"task{n}", container_definitions="[]")
    stream = aws.kinesis.Stream(f"stream{n}", shard_count=1)
    aws.efs.FileSystem(f"files{n}")
    repository = aws.ecr.Repository(f"repository{n}", tags={"stream": stream.arn})
    pool = aws.cognito.UserPool(f"pool{n}")
    aws.cognito.UserPoolClient(f"client{n}", user_pool_id=pool.id)
    aws.cloudfront.OriginAccessIdentity(f"identity{n}", comment=repository.repository_url)
    aws.acm.Certificate(f"certificate{n}", domain_name="video.example.com", validation_method="DNS")
"""
MODELLED = """
import pulumi_aws as aws

for n in range(60):
    aws.sns.Topic(f"topic{n}")
"""


def imports_of(program):
    """Return a program with the imports of another one that declares no resources."""
    kinds = sorted({word.split("(")[0] for word in program.split() if word.startswith("aws.") and "(" in word})
    return "\n".join(["import pulumi", "import pulumi_aws as aws", *kinds])


def seconds(command, folder):
    shutil.rmtree(folder / ".rehearsal", ignore_errors=True)
    started = time.perf_counter()
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(run.stdout + run.stderr)
    return time.perf_counter() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    up = [str(Path(sys.executable).with_name("rehearse")), "up", "--yes", "--skip-preview"]
    programs = {"60 resources of 12 types that are made up": MADE_UP, "60 topics, which are modelled": MODELLED}
    print("| | rehearse up | the program's imports |\n|---|--:|--:|")
    for name, program in programs.items():
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            (folder / "Pulumi.yaml").write_text(json.dumps({"name": "made", "runtime": "python"}), encoding="utf-8")
            (folder / "__main__.py").write_text(program, encoding="utf-8")
            alone = [sys.executable, "-c", imports_of(program)]
            times = [(seconds(up, folder), seconds(alone, folder)) for _ in range(arguments.runs)]
        shown = " | ".join(f"{statistics.median(column):.2f} s" for column in zip(*times, strict=True))
        print(f"| {name} | {shown} |", flush=True)


if __name__ == "__main__":
    main()
