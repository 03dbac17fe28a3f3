"""The licence server for products: questions, installations, usage, files."""
