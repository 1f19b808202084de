"""What a request through the gateway costs, beside the gateways of others."""
