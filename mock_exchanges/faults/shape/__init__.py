"""Messages whose form is unusual, or broken."""
