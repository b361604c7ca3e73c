"""What messages say: one TOML file for each template (rules/wording.py reads them)."""
