"""The pages for people: each module reads what one page shows, and has its routes."""
