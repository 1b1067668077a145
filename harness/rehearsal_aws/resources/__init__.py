"""The modelled types of pulumi-aws, one a module. Imports neither the cloud nor the mocks."""
