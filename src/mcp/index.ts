/** The door for programs: Lugh's capabilities as tools of the Model Context Protocol. */
export { createMcp, type Mcp, type McpOptions } from './create-mcp.ts'
export { createConnectors, type ConnectorsOptions } from './create-connectors.ts'
