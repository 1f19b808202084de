"""What ops type: why, inbox, provision, topics."""
