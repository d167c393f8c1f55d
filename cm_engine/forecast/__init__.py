"""Forecasts: the exact distribution of what policies will cost, by the same steps that pay people."""
