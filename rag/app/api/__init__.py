"""What other programs may ask: the tools, over HTTP and MCP."""
