"""A provider of ours that speaks SNAP, for tests and local mode: `bank` is what it knows and how it misbehaves, `app` its HTTP. It checks
what it is sent by code of its own."""
