"""The federation gateway: one GraphQL API over the services. It holds no business rule."""
