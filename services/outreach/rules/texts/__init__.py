"""What messages say: one TOML file for each template, by language and form (rules/wording.py reads them)."""
