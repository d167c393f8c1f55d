"""The staff's rooms: the day, people, results, prizes."""
