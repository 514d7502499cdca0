import { stringify } from 'smol-toml';
import { SETTINGS, tomlKey, type SettingName } from '@conclave/runtime/settings';

/** A `conclave.toml` that sets nothing: each key commented out, with what it means above it. `deploy/config.sample.toml` is this text. */
export function sampleConfig(): string {
  const names = Object.keys(SETTINGS) as SettingName[]; // keys of a const object: exactly SettingName
  const entries = names.map((name) => {
    const { description, variable, sample } = SETTINGS[name];
    return `# ${description}\n# Variable: ${variable}\n# ${stringify({ [tomlKey(name)]: sample }).trim()}\n`;
  });
  return `# Conclave's configuration. Put it as conclave.toml where Conclave is started. A variable beats a key of this file.\n\n${entries.join('\n')}`;
}
