"""Types of pulumi-aws as tables: the calls to AWS that create, read, update and delete their resources."""
