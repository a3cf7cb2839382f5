// Where the library differs from cel-go: has() takes only chains of names, but CEL the selection of a field from any
// expression; matches() reads patterns as JavaScript does, but CEL as RE2.

/** The method that stands for matches(). */
export const matchMethod = 'matchesRe2';

interface Node { readonly op: string; readonly args: unknown }
interface Checker { check(node: Node, context: unknown): unknown; getType(name: string): unknown }
interface Evaluator { run(node: Node, context: unknown): unknown }
interface Macro {
  typeCheck(checker: Checker, macro: unknown, context: unknown): unknown;
  evaluate(evaluator: Evaluator, macro: unknown, context: unknown): unknown;
}
interface Call extends Node { readonly meta: { readonly macro?: Macro } }

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

function has(object: unknown, field: string): boolean {
  if (object instanceof Map) return object.get(field) !== undefined;
  return typeof object === 'object' && object !== null && Object.hasOwn(object, field) && (object as Readonly<Record<string, unknown>>)[field] !== undefined;
}

/** The selection that a call of has() asks about: `self.list[0].name`; undefined where the library can do it. */
function selectionOf({ op, args }: Node): readonly [object: Node, field: string] | undefined {
  const [name, operands] = Array.isArray(args) ? (args as readonly unknown[]) : [];
  const selection: unknown = op === 'call' && name === 'has' && Array.isArray(operands) ? operands[0] : undefined;
  if (!isNode(selection) || selection.op !== '.') return undefined;
  let root: unknown = selection;
  while (isNode(root) && (root.op === '.' || root.op === '.?')) root = (root.args as readonly unknown[])[0];
  return isNode(root) && root.op !== 'id' ? (selection.args as readonly [Node, string]) : undefined;
}

function widenHas(call: Call): void {
  const selection = selectionOf(call);
  const { macro } = call.meta;
  if (selection === undefined || macro === undefined) return;
  const [object, field] = selection;
  macro.typeCheck = (checker, _macro, context) => {
    checker.check(object, context);
    return checker.getType('bool');
  };
  macro.evaluate = (evaluator, _macro, context) => has(evaluator.run(object, context), field);
}

/** Makes a parsed expression mean what it means to cel-go. */
export function adjust(root: unknown): void {
  if (Array.isArray(root)) root.forEach(adjust);
  if (!isNode(root)) return;
  adjust(root.args);
  if (root.op === 'call') widenHas(root as Call);
  else if (root.op === 'rcall' && Array.isArray(root.args) && root.args[0] === 'matches') root.args[0] = matchMethod;
}
