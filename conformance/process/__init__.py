"""The process that checks share with what they judge: kept as it was, and certain to end."""
