"""What the engine asks of a stream key: check, diff, create, rotate, delete. Imports ivs and the folders below it."""
