"""What an engine asks of a stream key: check, diff, create, rotate, delete. Imports ivs and what lies below it."""
