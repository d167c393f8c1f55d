"""The store: tables, transactions, and what is read from and written into them."""
