"""Media and documents, good, odd and bad."""
