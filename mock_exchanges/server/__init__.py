"""The I/O shell around the engines: sockets, TLS, tasks. The only place with any."""
