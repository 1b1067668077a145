"""The program's dynamic providers."""
