"""The studio: drafts of policies, what they would cost, and how they are published."""
