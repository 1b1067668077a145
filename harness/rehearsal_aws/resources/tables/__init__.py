"""Types of pulumi-aws by tables: by which calls of AWS a type is made, read, changed and deleted."""
