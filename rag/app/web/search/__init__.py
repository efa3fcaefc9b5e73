"""The Search tab: everything that matches a query, counted, filtered, and as a table."""
