"""The front ends: command line, page, HTTP and MCP."""
