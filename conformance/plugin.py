"""The pytest plugin: options and hooks, thin. Everything else knows nothing of pytest."""
