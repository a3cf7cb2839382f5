// Limits of numbers in custom resources (models numberValidator of kube-openapi).
import type { Props } from './props.ts';
import type { ValueProblem } from './problems.ts';
import { problem, problemAt } from './problems.ts';

const int32Max = 2_147_483_647;
/** As a double: the largest int64 rounds up to 2^63. */
const int64Max = 2 ** 63;
const float32Max = 3.402_823_466_385_288_6e38;

/** Whether a number has the declared type; Go's words if it has not. `what` is the value or one of its limits. */
function rangeProblem(value: number, type: string, format: string, what: string, path: string): ValueProblem | undefined {
  if (fitsType(value, type, format)) return undefined;
  return problem(`${what} value must be of type ${type}${format === '' ? ' (default format)' : ` with format ${format}`} in ${path}`);
}

function fitsType(value: number, type: string, format: string): boolean {
  if (type !== 'integer') return type !== 'number' || format !== 'float' || Math.abs(value) <= float32Max;
  const max = format === 'int32' ? int32Max : int64Max;
  return Number.isInteger(value) && value <= max && value >= -max - 1;
}

/** %v of a float64. */
function goFloat(value: number): string {
  const text = String(value);
  if (!text.includes('e') && (value === 0 || Math.abs(value) >= 1e-4)) return text;
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

/**
 * What is wrong with a number: its type, then multipleOf, minimum, maximum. `type` is empty where a schema allows several.
 * A limit that is no value of the type itself is complained about, and checked as a float.
 */
export function numberProblems(value: number, props: Props, type: string, format: string, path: string): readonly ValueProblem[] {
  const numericType = type === 'integer' || type === 'number' ? type : '';
  const found = [rangeProblem(value, numericType, format, 'Checked', path)];
  const check = (limit: number | undefined, what: string, complain: (limit: number) => ValueProblem | undefined): void => {
    if (limit === undefined) return;
    const bad = rangeProblem(limit, numericType, format, what, path);
    found.push(bad, complain(bad === undefined && Number.isInteger(value) ? Math.trunc(limit) : limit));
  };
  check(props.multipleOf, 'MultipleOf', (factor) => multipleProblem(value, factor, path));
  check(props.minimum, 'Minimum boundary', (min) => {
    const exclusive = props.exclusiveMinimum === true;
    if (exclusive ? value > min : value >= min) return undefined;
    return problemAt(path, 'other', `should be greater than ${exclusive ? '' : 'or equal to '}${goFloat(min)}`, value);
  });
  check(props.maximum, 'Maximum boundary', (max) => {
    const exclusive = props.exclusiveMaximum === true;
    if (exclusive ? value < max : value <= max) return undefined;
    return problemAt(path, 'other', `should be less than ${exclusive ? '' : 'or equal to '}${goFloat(max)}`, value);
  });
  return found.filter((item) => item !== undefined);
}

function multipleProblem(value: number, factor: number, path: string): ValueProblem | undefined {
  if (factor <= 0) return { code: 'other', name: path, text: `factor MultipleOf declared for ${path} must be positive: ${goFloat(factor)}`, value: factor };
  const times = factor < 1 ? (1 / factor) * value : value / factor;
  return Number.isInteger(times) ? undefined : problemAt(path, 'other', `should be a multiple of ${goFloat(factor)}`, value);
}
