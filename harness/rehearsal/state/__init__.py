"""The state as data: resources, URNs, property values, the format of deployments. Imports only errors."""
