"""What one careless or hostile caller, company or record costs everybody else: neighbours measured alone and beside each, in turn."""
