"""Clock definitions: one TOML file each, read by `services.waits.rules.parse.parse`."""
