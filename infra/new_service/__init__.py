"""A new service in the one shape, entered wherever services are listed: python -m infra.new_service NAME (`make new-service`)."""
