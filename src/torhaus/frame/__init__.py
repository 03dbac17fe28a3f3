"""What the HTTP doors share: page frame, access declarations, request id, files."""
