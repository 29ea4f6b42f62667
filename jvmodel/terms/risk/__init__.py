"""What may go wrong, who bears it, and what moves it to somebody else."""
