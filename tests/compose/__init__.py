"""The compose file for real: built, started, scaled, killed, cut, upgraded, backed up and restored, under load, with a verdict."""
