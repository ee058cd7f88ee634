"""Read models of the pages and the API: each module reads what one subject shows."""
