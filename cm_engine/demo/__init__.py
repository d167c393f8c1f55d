"""The demo: an intensive outpatient program with made-up people, made anew from a seed, with today in the middle of it."""
