"""The schedules as shipped: one TOML file each, read by `services.outreach.rules.settings`."""
