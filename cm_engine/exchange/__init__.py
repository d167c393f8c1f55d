"""What comes in and goes out: files read whole or not at all, and reports written, a module a format."""
