/**
 * Lint rules for style: how error messages are worded, and that exported functions are declarations.
 *
 * @module
 */

/**
 * The message of an error: its only argument, or the second one where a code or a name comes first
 * (`new CodecError("busy", "Codec pool is closing")`).
 */
function messageOf(args: readonly Deno.lint.Node[]): Deno.lint.Node | undefined {
  const second = args[1];
  return second !== undefined && second.type !== "ObjectExpression" ? second : args[0];
}

/** Fixed text at both ends of a literal or template; empty where an expression stands there. */
function endsOf(node: Deno.lint.Node): { start: string; end: string } | null {
  if (node.type === "Literal" && typeof node.value === "string") return { start: node.value, end: node.value };
  if (node.type !== "TemplateLiteral") return null;
  return { start: node.quasis[0]?.cooked ?? "", end: node.quasis.at(-1)?.cooked ?? "" };
}

const errorMessage: Deno.lint.Rule = {
  create(context) {
    return {
      NewExpression(node) {
        if (node.callee.type !== "Identifier" || !node.callee.name.endsWith("Error")) return;
        const message = messageOf(node.arguments);
        const ends = message === undefined ? null : endsOf(message);
        if (message === undefined || ends === null) return;
        // A quoted value or an option's name may come first; a word must be upper case.
        if (/^\p{Ll}/u.test(ends.start)) {
          context.report({ node: message, message: "Error message must begin with a capital letter" });
        }
        if (/[^.]\.$/.test(ends.end)) {
          context.report({ node: message, message: "Error message must not end with a full stop" });
        }
      },
    };
  },
};

const FUNCTIONS: ReadonlySet<string> = new Set(["ArrowFunctionExpression", "FunctionExpression"]);

const exportedFunction: Deno.lint.Rule = {
  create(context) {
    return {
      ExportNamedDeclaration(node) {
        if (node.declaration?.type !== "VariableDeclaration") return;
        for (const { id, init } of node.declaration.declarations) {
          if (init === null || !FUNCTIONS.has(init.type)) continue;
          const name = id.type === "Identifier" ? id.name : "it";
          context.report({ node, message: `Exported function must be a declaration: "export function ${name}"` });
        }
      },
    };
  },
};

const plugin: Deno.lint.Plugin = {
  name: "style",
  rules: { "error-message": errorMessage, "exported-function": exportedFunction },
};
export default plugin;
