"""The lifecycle of a stream key: check, diff, create, rotation, delete. Imports ivs and the folders below it."""
