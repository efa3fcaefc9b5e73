"""The People tab: who speaks in the reports, and what they say."""
