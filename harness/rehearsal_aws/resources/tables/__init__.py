"""Types of pulumi-aws as tables: the calls to AWS that create, read, update and delete their resources.

A table imports `rehearsal_aws.resources.table` and helpers, and no other table.
"""
