"""Use cases, one verb each. They speak only to `ports`."""
