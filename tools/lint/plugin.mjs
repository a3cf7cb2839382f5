/** The house's own lint rules, run by oxlint as a plugin. Each is proven in tools/lint/lint.test.ts. */
import { dirname, relative, resolve, sep } from 'node:path';
import { violation } from './layers.mjs';

const posix = (path) => path.split(sep).join('/');

/** Whether an import or export statement brings in types only. */
function isTypeOnly(node) {
  if ((node.importKind ?? node.exportKind) === 'type') return true;
  const specifiers = node.specifiers ?? [];
  return specifiers.length > 0 && specifiers.every((s) => (s.importKind ?? s.exportKind) === 'type');
}

const layers = {
  create(context) {
    const check = (node, typeOnly) => {
      const source = node.source?.value;
      if (typeof source !== 'string' || !source.startsWith('.')) return;
      const from = posix(relative(context.cwd, context.filename));
      const to = posix(relative(context.cwd, resolve(dirname(context.filename), source)));
      const message = violation(from, to, typeOnly);
      if (message) context.report({ node, message });
    };
    return {
      ImportDeclaration: (node) => check(node, isTypeOnly(node)),
      ExportNamedDeclaration: (node) => check(node, isTypeOnly(node)),
      ExportAllDeclaration: (node) => check(node, isTypeOnly(node)),
      ImportExpression: (node) => check(node, false),
    };
  },
};

/** Suspended stacks cannot be cloned, so the simulator has neither async functions nor generators. */
const synchronous = {
  create(context) {
    const check = (node) => {
      if (node.async) context.report({ node, message: 'The simulator is synchronous: no async functions.' });
      if (node.generator) context.report({ node, message: 'A suspended generator cannot be cloned into a checkpoint.' });
    };
    return {
      FunctionDeclaration: check,
      FunctionExpression: check,
      ArrowFunctionExpression: check,
      AwaitExpression: (node) => context.report({ node, message: 'The simulator is synchronous: no await.' }),
    };
  },
};

/** A finding is mended, not silenced. */
const noSuppressions = {
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          if (/(?:ox|es)lint-(?:disable|enable)|@ts-(?:ignore|expect-error|nocheck)/.test(comment.value))
            context.report({ node: comment, message: 'Mend the finding instead of silencing it.' });
        }
      },
    };
  },
};

export default { meta: { name: 'house' }, rules: { layers, synchronous, 'no-suppressions': noSuppressions } };
