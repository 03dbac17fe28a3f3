"""Education terms: requests to decide, and marks to check anew."""
