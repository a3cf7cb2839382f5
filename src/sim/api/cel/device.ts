// What a selector of devices may name (models dynamic-resource-allocation/cel).
import type { Environment } from '@marcbachmann/cel-js';
import type { CelCompilation } from './expression.ts';
import { compileCel } from './expression.ts';
import { celEnvironment } from './library.ts';

let shared: Environment | undefined;

function environment(): Environment {
  shared ??= celEnvironment()
    .registerType('kubernetes.DRADevice', {
      fields: {
        driver: 'string', allowMultipleAllocations: 'bool', attributes: 'map<string, map<string, dyn>>', capacity: 'map<string, map<string, kubernetes.Quantity>>',
      },
    })
    .registerVariable('device', 'kubernetes.DRADevice');
  return shared.clone();
}

/** Compiles `spec.selectors[].cel.expression`. */
export function compileDeviceSelector(text: string): CelCompilation {
  const compiled = compileCel(environment(), text);
  if (!compiled.ok) return { ok: false, message: `compilation failed: ${compiled.message}` };
  const { outputType } = compiled.program;
  return outputType === 'bool' || outputType === 'dyn' ? compiled : { ok: false, message: `must evaluate to bool or the unknown type, not ${outputType}` };
}
