"""One ASGI app on one socket: where it may listen, by what TLS, and until when."""
