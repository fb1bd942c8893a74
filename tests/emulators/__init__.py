"""Laurel driven by other people's clients: optional, and no part of `make test`. Run by `make emulators`."""
