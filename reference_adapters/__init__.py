"""Small, correct adapters to copy from, one per exchange."""
