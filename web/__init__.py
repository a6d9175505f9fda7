"""The edge: HTTP, WebSocket, settings, sign-in, command line, the page. Builds and wires everything."""
