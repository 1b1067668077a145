"""Facts about AWS: its errors, ARNs, and botocore's model of IVS. Imports errors and messages."""
