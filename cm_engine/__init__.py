"""A contingency-management rewards engine: from what happened to what it earned, and why."""
