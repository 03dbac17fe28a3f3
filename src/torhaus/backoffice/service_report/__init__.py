"""The staff page that says how fast tickets are answered."""
