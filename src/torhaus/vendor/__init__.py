"""The vendor that runs this portal: legal entity, branding, signing keys."""
