"""What is kept in the database: its tables, and how rows are written and read."""
