"""How values appear in messages: described or shortened, and never a secret. Imports nothing of the package."""
