"""The readings of a closed graph: arrays, kernel, excel, words; none knows a deal."""
