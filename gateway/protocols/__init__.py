"""How clients speak to the gateway: HTTP, WebSocket, server-sent events."""
