"""Questions asked of one model: what a figure is for many values of the deal's numbers, and what follows from that."""
