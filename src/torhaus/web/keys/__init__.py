"""The vendor's public keys, for the products that verify licences."""
