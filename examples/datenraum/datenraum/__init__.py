"""A sample product: data rooms and boxes, owned by the seats of a Torhaus portal."""
