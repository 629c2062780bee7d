"""The functions that scripts, the assistant and MCP share; one module per namespace."""
