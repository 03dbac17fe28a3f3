"""Compile the translations: `python scripts/compile_messages.py`. It is done by itself at start and in tests."""

from torhaus.frame.catalogues import compile_messages

if __name__ == "__main__":
    for path in compile_messages():
        print(path)
