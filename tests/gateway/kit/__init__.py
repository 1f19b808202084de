"""What the gateway's tests stand on: subgraphs made of SDL and data, and a client that calls them in process."""
