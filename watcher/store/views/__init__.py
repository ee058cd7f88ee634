"""What the pages show and the API gives: each module reads one subject into values of its own."""
