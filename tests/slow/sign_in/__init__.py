"""Many persons sign in at once through the gateway of a whole installation, and a verdict on what they got."""
