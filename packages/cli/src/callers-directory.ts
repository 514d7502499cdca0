/** Where the command was typed: the launcher runs everything in the root of the clone, and npm in the root of a workspace. */
export function callersDirectory(): string {
  return process.env['INIT_CWD'] ?? process.cwd();
}
