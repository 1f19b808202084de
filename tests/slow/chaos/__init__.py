"""Chaos: an installation of its own under load while its processes are killed, frozen and lost; checkers over all that was said."""
