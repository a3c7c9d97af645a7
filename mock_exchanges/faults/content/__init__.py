"""Messages that are well formed and say something else."""
