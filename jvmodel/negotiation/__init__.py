"""Questions asked of several proposals, and of what each party would gain by signing."""
